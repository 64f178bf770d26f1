"""How sure a figure is: long-run variances, bootstraps, errors of Sharpe ratios."""
