Model status
Optimal

# Primal solution values
Feasible
Objective 0.3666666666667
# Columns 2
c0 0.335
c1 0.095
# Rows 2
r0 1.1
r1 1

# Dual solution values
Feasible
# Columns 2
c0 0
c1 0
# Rows 2
r0 0.3333333333333
r1 0

# Basis
HiGHS_basis_file v2
Valid
# Columns 2
c0 1
c1 1
# Rows 2
r0 0
r1 0
