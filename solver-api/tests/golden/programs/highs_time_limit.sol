Model status
Time limit reached

# Primal solution values
Feasible
Objective 154
# Columns 39
one 1
c30 8
c34 0
c31 0
c35 34
c32 5
c36 0
c33 7
c37 0
c0 0
c1 1
c2 0
c3 0
c4 0
c5 0
c6 1
c7 1
c8 1
c9 0
c10 0
c11 1
c12 0
c13 1
c14 1
c15 1
c16 0
c17 0
c18 1
c19 1
c20 1
c21 1
c22 1
c23 1
c24 0
c25 0
c26 1
c27 0
c28 0
c29 1
# Rows 4
s0 735
s1 829
s2 544
s3 798

# Dual solution values
None

# Basis
HiGHS_basis_file v2
None
