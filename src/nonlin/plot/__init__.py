r"""Pictures of activation functions: figures as results, never registered with pyplot, nothing changed globally.

>>> import nonlin as nl
>>> nl.plot.curve("gelu", range=(-4, 4)).axes[0].get_title(loc="left")
'gelu:  $f(x) = x\\,\\Phi(x)$'
"""

from nonlin.plot.curves import compare, curve, sweep
from nonlin.plot.densities import distribution
from nonlin.plot.picture import Picture
from nonlin.plot.sheets import sheet
from nonlin.plot.vectors import two_class

__all__ = ["Picture", "compare", "curve", "distribution", "sheet", "sweep", "two_class"]
