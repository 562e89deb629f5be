c Problem:    
c Rows:       2
c Columns:    2
c Non-zeros:  4
c Status:     OPTIMAL
c Objective:  obj = 0.3666666667 (MINimum)
c
s bas 2 2 f f 0.366666666666667
i 1 l 1.1 0.333333333333333
i 2 l 1 0
j 1 b 0.335 0
j 2 b 0.095 0
e o f
