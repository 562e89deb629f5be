c Problem:    
c Rows:       4
c Columns:    39
c Non-zeros:  125
c Status:     INTEGER NON-OPTIMAL
c Objective:  obj = 107 (MINimum)
c
s mip 4 39 f 107
i 1 735
i 2 829
i 3 544
i 4 798
j 1 1
j 2 -0
j 3 4
j 4 -0
j 5 1
j 6 -0
j 7 1
j 8 -0
j 9 1
j 10 0
j 11 0
j 12 0
j 13 0
j 14 0
j 15 0
j 16 0
j 17 1
j 18 1
j 19 0
j 20 1
j 21 1
j 22 1
j 23 1
j 24 1
j 25 1
j 26 0
j 27 1
j 28 1
j 29 1
j 30 1
j 31 1
j 32 0
j 33 0
j 34 0
j 35 0
j 36 1
j 37 0
j 38 1
j 39 1
e o f
