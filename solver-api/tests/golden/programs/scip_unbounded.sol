solution status: unbounded
objective value:                              -200000
c0                                             100000 	(obj:-1)
c1                                             100000 	(obj:-1)
