"""The words of :mod:`nonlin.kernels.words` with about forty bits: for the first look at results of float32.

Sixteen bits more than a float32 has leave one element in a hundred thousand in doubt, for the full words to decide;
so these may be short. They are made to be computed together: words of one argument share its exponential.

`nonlin.error_bound.SHORT` has their bounds, for all but subnormal values.
"""

from __future__ import annotations

from math import fabs

import numpy as np

from nonlin.kernels.words import (
    DOUBLE_BIAS,
    EXPONENT,
    INVERSE_SQRT_TWO_PI,
    LN2,
    LOG2_E,
    ONE,
    ONE_BIT,
    ROUND,
    SIGN,
    Bits,
    _bits,
    _float,
    _limited,
    _log_limits,
    _log_reduced,
    _with_sign,
    fma,
    polynomial,
    word,
)  # fmt: skip

__all__ = [
    "erf", "erfc", "exp", "expm1", "log1p", "log1p_decay", "log_sigmoid", "normcdf", "normpdf", "sech", "sech_softplus",
    "sigmoid", "softplus", "tanh", "tanh_softplus",
]  # fmt: skip

EXP = (
    1.0000000000000127, 0.9999999999998928, 0.49999999999457945, 0.16666666667827265, 0.04166666703247455,
    0.008333333002751577, 0.0013888802827273687, 0.00019841596459464254, 2.4884010710052197e-05,
    2.748216840760712e-06,
)  # fmt: skip
_EXP, _EXP_FALLING = polynomial(*EXP), polynomial(*(c * 2.0**-512 for c in EXP))
_EXPM1 = polynomial(
    0.49999999999957523, 0.1666666666694376, 0.04166666678263322, 0.008333333155656531, 0.001388883991881104,
    0.00019841539829938652, 2.4867420985868816e-05, 2.7467188675389694e-06,
)  # fmt: skip
_LOG = polynomial(
    1.999999999999947, 0.6666666667964708, 0.39999994873031464, 0.28572167950407246, 0.2217417947147886,
    0.1960905634034263,
)  # fmt: skip
_LOG1P = polynomial(
    0.9999999999995134, -0.4999999997756383, 0.33333331609076977, -0.24999947391519065, 0.19999153133018374,
    -0.16658376810671152, 0.1423205212703729, -0.12257434062133078, 0.10315784159541283, -0.0805279997834262,
    0.05438419106843621, -0.02932422165023412, 0.011489345612570775, -0.0028529020360603583, 0.0003331394816148459,
)  # fmt: skip
_ERF = polynomial(
    1.1283791670954917, -0.3761263890277502, 0.11283791657672237, -0.026866168962140693, 0.00522396674491081,
    -0.0008547920925961999, 0.00012046046017239312, -1.4792920579311237e-05, 1.5295198621498623e-06,
    -1.0444439374055081e-07,
)  # fmt: skip
_ERF_REST = polynomial(
    0.5107913526218112, -0.34358034214492117, 0.1397360466669532, -0.018221127461631754, -0.01075547368143253,
    0.003239388483896009, 0.001549240916940169, -0.0003972723234823791, -0.00029820690145014687,
)  # fmt: skip
_ERFC = polynomial(
    0.5107913526209826, -0.3435803422070697, 0.13973604628456318, -0.018221115743393322, -0.01075533118694051,
    0.003239592340150808, 0.0015453094916722124, -0.00041864613346081944, -0.0003315617946299372,
    1.7174249521197848e-05, 7.23390903183981e-05, 1.7120396327682148e-05, -1.1108398038257293e-05,
    -8.1837171093214e-06, -1.6278259065529312e-07, 2.0394220887134927e-06, 6.409735219918671e-07,
    -2.426903834907526e-07, -1.2838224621432698e-07,
)  # fmt: skip
_NORMCDF = polynomial(
    0.37764256520786676, -0.3039483209855129, 0.19356870037266005, -0.0932609290103309, 0.03019828739888415,
    -0.0037700938638846933, -0.0017398455985236613, 0.0008154035908081147, 6.666807930761532e-05,
    -0.00011552009343080841, -9.365612894931639e-07, 1.7495841866624384e-05, 3.1030552453252945e-07,
    -2.8348856026262528e-06, -2.3322889302193184e-07, 3.955229619600319e-07, 5.446086398372263e-08,
    -2.5680533997222953e-08,
)  # fmt: skip

HALF_BIAS, FALLING_BIAS = 1022.0, 1535.0  # of the exponent of a power of two: of half of it, of it times 2^512


# ---- pieces ---------------------------------------------------------------------------------------------------------


@word
def _reduced(u: float, bias: float) -> tuple[float, Bits]:
    """r and the bits that end in n + bias, where u = r + n ln 2 with |r| <= ln(2)/2."""
    shifted = fma(u, LOG2_E, ROUND + bias)
    return fma(shifted - (ROUND + bias), -LN2, u), _bits(shifted)


@word
def _exp_falling(u: float) -> float:
    """exp(u) for u <= 0, also where it is subnormal: a polynomial times 2^-512, times 2^(n + 512)."""
    r, n = _reduced(-746.0 if u < -746 else u, FALLING_BIAS)
    return _EXP_FALLING(r) * _float(n << EXPONENT)


@word
def _decay(u: float) -> float:
    """exp(-|u|)."""
    return _exp_falling(-fabs(u))


@word
def _expm1_reduced(u: float) -> tuple[float, float]:
    """w = expm1(r) and s = 2^(n - 1): exp(u) = 2 (1 + w) s."""
    r, n = _reduced(u, HALF_BIAS)
    return fma(r * r, _EXPM1(r), r), _float(n << EXPONENT)


@word
def _below_zero(u: float) -> bool:
    """Whether the sign is set; half of a comparison, which also has to look for NaN."""
    return bool(np.float64(u).view(np.int64) < 0)


@word
def _log_of(u: float, whole: float) -> float:
    """log(1 + u), given 1 + u, normal and rounded, which has lost nothing that counts if it is not near 1."""
    m, k, scale = _log_reduced(whole)
    f = u if scale == ONE else m - 1
    s = f / (2 + f)
    return fma(k, LN2, s * _LOG(s * s))


@word
def _softplus_parts(u: float) -> tuple[float, float, float]:
    """tanh(softplus(u)) = above/below and sech(softplus(u)) = beside/below."""
    q, negative = _decay(u), _below_zero(u)
    above = q * (q + 2) if negative else fma(2.0, q, 1.0)
    beside = 2 + 2 * q
    return above, above + (2.0 if negative else 2 * q * q), beside if negative else q * beside


# ---- words ----------------------------------------------------------------------------------------------------------


@word
def exp(u: float) -> float:
    """e raised to u."""
    low = -746.0 if u < -746 else u
    r, n = _reduced(_limited(low, 711.0), DOUBLE_BIAS)
    half = n >> ONE_BIT
    return _EXP(r) * _float(half << EXPONENT) * _float((n - half) << EXPONENT)


@word
def expm1(u: float) -> float:
    """exp(u) - 1."""
    low = -40.0 if u < -40 else u
    w, s = _expm1_reduced(_limited(low, 710.0))
    return _with_sign(u, 2 * fma(w, s, s - 0.5))


@word
def log1p(u: float) -> float:
    """log(1 + u)."""
    return _with_sign(u, _log_limits(1 + u, _log_of(u, 1 + u)))


@word
def log1p_decay(u: float) -> float:
    """log1p(exp(-|u|))."""
    q = _decay(u)
    return q * _LOG1P(q)


@word
def softplus(u: float) -> float:
    """log(1 + exp(u))."""
    return (u if u > 0 else 0.0) + log1p_decay(u)


@word
def log_sigmoid(u: float) -> float:
    """log(sigmoid(u)); -0.0 is its limit."""
    return _float(_bits(softplus(-u)) | SIGN)


@word
def sigmoid(u: float) -> float:
    """1/(1 + exp(-u)). Of u and -u with one exponential and one quotient."""
    q = _decay(u)
    return (q if _below_zero(u) else 1.0) * (1 / (1 + q))


@word
def tanh(u: float) -> float:
    """The hyperbolic tangent."""
    z = fabs(u)
    w, s = _expm1_reduced(2 * _limited(z, 20.0))
    return _with_sign(u, fma(w, s, s - 0.5) / fma(w, s, s + 0.5))


@word
def sech(u: float) -> float:
    """1/cosh(u)."""
    q = _decay(u)
    return 2 * q / fma(q, q, 1.0)


@word
def tanh_softplus(u: float) -> float:
    """tanh(softplus(u))."""
    above, below, _ = _softplus_parts(u)
    return above * (1 / below)


@word
def sech_softplus(u: float) -> float:
    """sech(softplus(u))."""
    _, below, beside = _softplus_parts(u)
    return beside * (1 / below)


@word
def erf(u: float) -> float:
    """The error function: u p(u^2) below 1, then 1 - erfc(u), of which few digits are needed."""
    z = fabs(u)
    near = z * _ERF(z * z)
    d = 2 / (z + 2)
    far = 1 - d * _ERF_REST(fma(-2.0, d, 1.0)) * _exp_falling(-z * z)
    return _with_sign(u, near if z < 1 else far)


@word
def erfc(u: float) -> float:
    """1 - erf(u)."""
    z = fabs(u)
    d = 2 / (z + 2)
    tail = d * _ERFC(fma(-2.0, d, 1.0)) * _exp_falling(-z * z)
    return 2 - tail if _below_zero(u) else tail


@word
def normcdf(u: float) -> float:
    """The distribution function of N(0, 1)."""
    z = fabs(u)
    d = 2 / (z + 4)
    tail = d * _NORMCDF(fma(-4.0, d, 1.0)) * _exp_falling(-0.5 * z * z)
    return tail if _below_zero(u) else 1 - tail


@word
def normpdf(u: float) -> float:
    """The density of N(0, 1)."""
    z = fabs(u)
    return INVERSE_SQRT_TWO_PI * _exp_falling(-0.5 * z * z)
