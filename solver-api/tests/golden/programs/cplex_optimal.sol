<?xml version = "1.0" encoding="UTF-8" standalone="yes"?>
<CPLEXSolution version="1.2">
 <header
   problemName="model.mps"
   solutionName="incumbent"
   solutionIndex="-1"
   objectiveValue="88"
   solutionTypeValue="3"
   solutionTypeString="primal"
   solutionStatusValue="101"
   solutionStatusString="integer optimal solution"
   solutionMethodString="mip"
   primalFeasible="1"
   dualFeasible="1"
   MIPNodes="0"
   MIPIterations="3"
   writeLevel="1"/>
 <quality
   epInt="1.0000000000000001e-05"
   epRHS="9.9999999999999995e-07"/>
 <linearConstraints>
  <constraint name="r0" index="0" slack="0"/>
 </linearConstraints>
 <variables>
  <variable name="c0" index="0" value="1"/>
  <variable name="c1" index="1" value="1"/>
  <variable name="c2" index="2" value="1"/>
  <variable name="c3" index="3" value="0"/>
  <variable name="one" index="4" value="1"/>
 </variables>
</CPLEXSolution>
