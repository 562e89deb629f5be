Model status
Solution limit reached

# Primal solution values
Feasible
Objective 109.9999999999998
# Columns 39
one 1
c30 0.9999999999996
c34 0
c31 0
c35 0.9999999999999
c32 0
c36 4
c33 0
c37 4.0000000000002
c0 0
c1 0
c2 0
c3 1
c4 0
c5 0
c6 1
c7 0
c8 1
c9 0
c10 1
c11 1
c12 1
c13 0
c14 1
c15 1
c16 0
c17 0
c18 1
c19 0
c20 1
c21 1
c22 1
c23 0
c24 0
c25 0
c26 1
c27 1
c28 1
c29 1
# Rows 4
s0 735.0000000000003
s1 828.9999999999999
s2 544
s3 798.0000000000002

# Dual solution values
None

# Basis
HiGHS_basis_file v2
None
