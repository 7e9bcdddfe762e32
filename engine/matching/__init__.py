"""Matching: live pools as a pure function of their events, and solvers near the optimum."""
