c Problem:    
c Rows:       1
c Columns:    5
c Non-zeros:  4
c Status:     INTEGER OPTIMAL
c Objective:  obj = 88 (MINimum)
c
s mip 1 5 o 88
i 1 9
j 1 0
j 2 1
j 3 0
j 4 1
j 5 1
e o f
