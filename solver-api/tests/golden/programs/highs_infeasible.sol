Model status
Infeasible

# Primal solution values
Infeasible
Objective 0
# Columns 2
c0 0
c1 3
# Rows 2
r0 3
r1 3

# Dual solution values
Feasible
# Columns 2
c0 1.0000009905482
c1 0
# Rows 2
r0 6.942975e-07
r1 0

# Basis
HiGHS_basis_file v2
Valid
# Columns 2
c0 0
c1 1
# Rows 2
r0 0
r1 1
