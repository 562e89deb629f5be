solution status: optimal solution found
objective value:                                   88
c1                                                  1 	(obj:-5)
c3                                                  1 	(obj:-7)
one                                                  1 	(obj:100)
