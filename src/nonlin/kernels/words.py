"""The vocabulary in float64, one number at a time: to be inlined by Numba into a loop that LLVM vectorises.

Hence no word branches around a computation (a choice between computed values is a select), calls the C library or reads
a table; the work on bits is in uint64, with the shifts and sums that AVX2 has. Arithmetic, comparisons and ``where``
are operators of the printed kernel and are not here. ``tools/kernel_coefficients.py`` makes the polynomials.

The bounds in the docstrings are the largest errors seen, in ulp of the result, rounded up: `tests/test_kernel_words.py`
measures them. NaN passes, odd words keep -0.0, and infinities give the limits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import fabs
from typing import Any, TypeVar, cast

import numpy as np
from numba.core import types
from numba.extending import intrinsic

from nonlin.kernels.loops import compiled

__all__ = [
    "abs", "asinh", "atan", "clip", "cos", "cosh", "erf", "erfc", "exp", "expm1", "floor", "hypot", "log", "log1p",
    "log_sigmoid", "maximum", "minimum", "normcdf", "normpdf", "power", "sech", "sigmoid", "sign", "sin", "sinh",
    "softplus", "sqrt", "tan", "tanh",
]  # fmt: skip

Function = TypeVar("Function", bound=Callable[..., Any])
Bits = np.uint64


def word(function: Function) -> Function:
    """``function``, compiled into its callers; products may be fused with sums, and signs of 0 are set by bits."""
    return compiled(function, {"contract", "nsz"}, forceinline=True)


def exact_word(function: Function) -> Function:
    """A word that computes rounding errors: nothing is fused but what is written so."""
    return compiled(function, set(), forceinline=True)


def _fma(typing: Any, a: Any, b: Any, c: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), emit


# a b + c, rounded once; on a processor without such an instruction LLVM calls the C library, slow and just as exact
fma = cast(Callable[[float, float, float], float], intrinsic(_fma))


def _root(typing: Any, a: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.call(builder.module.declare_intrinsic("llvm.sqrt", [arguments[0].type]), arguments)

    return types.float64(types.float64), emit


# the square root as an instruction; np.sqrt may become a call of the C library, to which a negative number is an error
root = cast(Callable[[float], float], intrinsic(_root))


def polynomial(*coefficients: float) -> Callable[[float], float]:
    """The polynomial with these coefficients, lowest first: above the constant, two chains that run side by side."""

    def value(typing: Any, x: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            x = arguments[0]
            square = builder.fmul(x, x)
            first, *others = (context.get_constant(types.float64, c) for c in coefficients)
            even, odd = (reduce(lambda total, c: builder.fma(total, square, c), others[i::2][::-1]) for i in (0, 1))
            return builder.fma(builder.fma(odd, x, even), x, first)

        return types.float64(types.float64), emit

    return cast(Callable[[float], float], intrinsic(value))


_EXP = polynomial(
    0.5000000000000001, 0.16666666666666585, 0.041666666666625655, 0.008333333333423232, 0.0013888888916574753,
    0.0001984126958270413, 2.4801522152119345e-05, 2.7557580545940873e-06, 2.7619730128210454e-07,
    2.4984662010515954e-08,
)  # fmt: skip
_SINH = polynomial(
    0.16666666666666677, 0.00833333333332168, 0.00019841269885996957, 2.755724434533607e-06,
    2.5108987939091114e-08,
)  # fmt: skip
_COSH = polynomial(
    0.5, 0.04166666666666671, 0.0013888888888864228, 2.4801587362907334e-05, 2.755724219779566e-07,
    2.092431946211312e-09,
)  # fmt: skip
_LOG = polynomial(
    0.6666666666666734, 0.3999999999941638, 0.28571428742014554, 0.22222198610864918, 0.18183562401639186,
    0.1531409890558838, 0.1479547466235873,
)  # fmt: skip
_LOG_TO_2 = polynomial(
    0.6666666666666667, 0.3999999999999398, 0.2857142857251001, 0.2222222212547229, 0.18181823202836508,
    0.15384451934440563, 0.13336805782446984, 0.11715951022214943, 0.10972564778943014, 0.06994253392785192,
    0.1646762640197654,
)  # fmt: skip
_LOG_REST = polynomial(
    0.3999999999999998, 0.285714285714451, 0.22222222217539292, 0.18181818869967373, 0.15384556894712956,
    0.13336316505754753, 0.11674837065378305, 0.11988858431406384,
)  # fmt: skip
_SIN = polynomial(
    -0.16666666666666666, 0.008333333333333194, -0.0001984126984120922, 2.755731921113758e-06,
    -2.505210687282903e-08, 1.6058939707174788e-10, -7.64299152078282e-13, 2.7211752753285348e-15,
)  # fmt: skip
_COS = polynomial(
    0.041666666666666595, -0.0013888888888873056, 2.4801587288851643e-05, -2.7557314179280043e-07,
    2.0875700839856854e-09, -1.135853641952848e-11,
)  # fmt: skip
_ATAN = polynomial(
    -0.3333333333333015, 0.19999999999089021, -0.14285714195265453, 0.11111106653714849, -0.09090782414706693,
    0.07690068324384289, -0.06641121346029, 0.0569253957743288, -0.04359096420004062, 0.02125985331545016,
)  # fmt: skip
_ERF = polynomial(
    0.12837916709551256, -0.3761263890318313, 0.11283791670921033, -0.026866170637756245, 0.005223977542376731,
    -0.0008548321446521311, 0.00012055092342535628, -1.4918686039811294e-05, 1.6324060863620656e-06,
    -1.448601050121927e-07, -2.482511693134016e-09, 9.034985226574486e-09, -3.4569491134752303e-09,
    5.379636498562566e-10,
)  # fmt: skip
_ERF_REST = polynomial(
    0.5107913526210117, -0.3435803422069027, 0.1397360462777551, -0.018221115758295037, -0.010755330933634915,
    0.003239593186360334, 0.0015453093208961165, -0.00041866005876602694, -0.00033168785396026063,
    1.6839409519663165e-05, 7.30838352961333e-05, 2.2765650810600574e-05,
)  # fmt: skip
_ERFC = polynomial(
    0.5107913526210115, -0.3435803422069053, 0.13973604627802452, -0.018221115753434602, -0.010755330944567043,
    0.0032395925336547384, 0.0015453060253696996, -0.00041864802713216173, -0.00033153670009180815,
    1.7185675780218316e-05, 7.223498423878185e-05, 1.7074707369563138e-05, -1.0846234664931996e-05,
    -8.061444831367761e-06, -5.689239178484334e-07, 1.8242294079798785e-06, 1.0149907434592788e-06,
    -2.207086039146999e-09, -3.0789379791133254e-07, -1.602474681003837e-07, 2.232302242397212e-08,
    5.611780951503758e-08, 1.2359031862791241e-08, -7.49010227530428e-09, -2.9973405607132194e-09,
)  # fmt: skip
_NORMCDF = polynomial(
    0.37764256520787576, -0.30394832098594604, 0.1935687003711074, -0.09326092897982928, 0.030198287445460305,
    -0.00377009448334296, -0.001739846183520791, 0.0008154092285096447, 6.667215420028527e-05,
    -0.00011554746550235842, -9.541158328964465e-07, 1.7572334554962896e-05, 3.582768816028205e-07,
    -2.960068469181182e-06, -3.1469556545740794e-07, 5.107649353672107e-07, 1.356344751757513e-07,
    -7.751419681006141e-08, -4.241107609503209e-08, 6.722651359383496e-09, 9.627638506675752e-09,
    8.836344712752353e-10, -1.2119731253216844e-09, -3.373285020906088e-10,
)  # fmt: skip

NAN, INFINITY = float("nan"), float("inf")
ROUND = 6755399441055744.0  # 1.5 x 2^52: after adding it, the last place is 1 and the lowest bits are the whole number
LN2, LN2_LOW, LOG2_E = 0.6931471805599453, 2.3190468138462996e-17, 1.4426950408889634
PI, PI_LOW, PI_LEAST, INVERSE_PI = (
    3.141592653589793,
    1.2246467991473532e-16,
    -2.9947698097183397e-33,
    0.3183098861837907,
)
HALF_PI, HALF_PI_LOW = 1.5707963267948966, 6.123233995736766e-17
QUARTER_PI, QUARTER_PI_LOW = 0.7853981633974483, 3.061616997868383e-17
TWO_THIRDS, TWO_THIRDS_LOW = 0.6666666666666666, 3.700743415417188e-17
INVERSE_SQRT_TWO_PI = 0.3989422804014327
REDUCED = 2.0**30  # sin, cos and tan are NaN beyond: three parts of pi do not reach further
DOUBLE_BIAS = 2046.0  # twice the bias of an exponent
OCTANT = 0.41421356237309503  # tan(pi/8)
SMALLEST_NORMAL, TO_NORMAL = 2.0**-1022, 2.0**54

EXPONENT, SIGN_PLACE, ONE_BIT = Bits(52), Bits(63), Bits(1)  # shifts
SIGN, ONE = Bits(1 << 63), Bits(1023 << 52)  # the bits of -0.0 and of 1.0
TWO_INVERSE = Bits(2047 << 52)  # minus the bits of a power of two: the bits of twice its inverse
TO_NEAREST_POWER = Bits((1023 << 52) - 0x3FE6A09E667F3BCD)  # from sqrt(1/2) on, a number counts to the power above
WHOLE, WHOLE_BIAS = Bits(1075 << 52), 2.0**52 + 1023  # 2^52, whose last place is 1


# ---- pieces ---------------------------------------------------------------------------------------------------------


@word
def _bits(u: float) -> Bits:
    return np.float64(u).view(np.uint64)


@word
def _float(bits: Bits) -> float:
    return np.uint64(bits).view(np.float64)


@word
def _with_sign(u: float, size: float) -> float:
    """``size`` with the sign of u; a negative size stays negative."""
    return _float(_bits(size) | (_bits(u) & SIGN))


@word
def _limited(u: float, highest: float) -> float:
    """u, or ``highest`` if that is less; NaN passes."""
    return highest if u > highest else u


@word
def _exp_reduced(u: float, aside: float) -> tuple[float, Bits]:
    """u + aside = r + n ln 2 with |r| <= ln(2)/2: r, and the bits that end in n + 2046. For |u| < 2^40."""
    shifted = fma(u, LOG2_E, ROUND + DOUBLE_BIAS)
    n = shifted - (ROUND + DOUBLE_BIAS)
    return fma(n, -LN2_LOW, fma(n, -LN2, u)) + aside, _bits(shifted)


@word
def _exp_parts(u: float, aside: float) -> tuple[float, float, float]:
    """exp(u + aside) = (1 + w) s t, s and t powers of two, for u from -1100 to 711: w, s and t."""
    r, n = _exp_reduced(u, aside)
    half = n >> ONE_BIT
    return fma(r * r, _EXP(r), r), _float(half << EXPONENT), _float((n - half) << EXPONENT)


@word
def _decay(u: float) -> float:
    """exp(-|u|)."""
    low = -fabs(u)
    w, s, t = _exp_parts(-746.0 if low < -746 else low, 0.0)
    return fma(w, s, s) * t


@word
def _gaussian(factor: float, half: float, z: float) -> float:
    """factor exp(-half z), exponent and product unrounded."""
    square = half * z
    w, s, t = _exp_parts(-square, -fma(half, z, -square))
    return fma(w, factor * s, factor * s) * t


@word
def _expm1_reduced(u: float) -> tuple[float, float]:
    """w = expm1(r) and s = 2^(n - 1), where u = r + n ln 2: exp(u) = 2 (1 + w) s."""
    r, n = _exp_reduced(u, 0.0)
    return fma(r * r, _EXP(r), r), _float((n - Bits(1024)) << EXPONENT)


@word
def _hyperbolic(z: float) -> tuple[float, float, float, float]:
    """sinh(r), cosh(r) - 1, and e - d, e + d for e = 2^n/8, d = 2^-n/8, where z = r + n ln 2, for 0 <= z < 712."""
    r, n = _exp_reduced(z, 0.0)
    square = r * r
    grown = (n - Bits(1026)) << EXPONENT
    e, d = _float(grown), _float(TWO_INVERSE - grown) * 2.0**-7
    return fma(r * square, _SINH(square), r), square * _COSH(square), e - d, e + d


@word
def _log_reduced(u: float) -> tuple[float, float, Bits]:
    """u = 2^k m with m within sqrt(2) of 1, for a normal u > 0: m, k and the bits of 2^k."""
    power = (_bits(u) + TO_NEAREST_POWER) >> EXPONENT
    scale = power << EXPONENT
    return _float(_bits(u) - scale + ONE), _float(power | WHOLE) - WHOLE_BIAS, scale


@word
def _log_sum(k: float, f: float, aside: float) -> float:
    """k ln 2 + log(1 + f) + aside, for 1 + f within sqrt(2) of 1."""
    s = f / (2 + f)
    square, half = s * s, 0.5 * f * f
    small = fma(k, LN2_LOW, s * (half + square * _LOG(square)) + aside)
    return fma(k, LN2, f - (half - small))


@word
def _log_limits(u: float, value: float) -> float:
    """``value`` = log(u), but for u <= 0, infinity and NaN."""
    positive = value if u < INFINITY else u
    return positive if u > 0 else (-INFINITY if u == 0 else NAN)


@word
def _log1p_unit(q: float) -> float:
    """log(1 + q) for 0 <= q <= 1."""
    s = q / (2 + q)
    square = s * s
    return q - s * (q - square * _LOG_TO_2(square))


@word
def _log_of_sum(f: float, shift: float) -> float:
    """log(1 + f) + shift ln 2, for f > -1; what 1 + f loses is added to the logarithm, divided by 1 + f."""
    whole = 1 + f
    part = whole - 1
    lost = (1 - (whole - part)) + (f - part)
    m, k, scale = _log_reduced(whole)
    s = (m - 1) / (m + 1)  # 1/m is (1 - s)^2 nearly
    return _log_sum(k + shift, m - 1, _float(TWO_INVERSE - scale) * lost * (1 - s) * (0.5 - 0.5 * s))


@exact_word
def _log_in_two(z: float) -> tuple[float, float]:
    """log(z) for z > 0 as a number and its rest, together to 2^-64."""
    tiny = z < SMALLEST_NORMAL
    m, k, _ = _log_reduced(z * TO_NORMAL if tiny else z)
    s, s_low = _fraction_in_two(m)
    c, c_low = _atanh_rest_in_two(s, s_low)
    k = k - (54.0 if tiny else 0.0)
    a = k * LN2
    first = a + 2 * s
    high = first + c
    rest = (c - (high - first)) + (2 * s - (first - a))
    return high, rest + (fma(k, LN2, -a) + k * LN2_LOW + (2 * s_low + c_low))


@exact_word
def _fraction_in_two(m: float) -> tuple[float, float]:
    """(m - 1)/(m + 1) as a number and its rest."""
    f, d = m - 1, m + 1
    inverse = 1 / d
    s = f * inverse
    return s, (fma(-s, d, f) - s * (m - (d - 1))) * inverse


@exact_word
def _atanh_rest_in_two(s: float, s_low: float) -> tuple[float, float]:
    """2 atanh(s) - 2 s, s being a number and its rest, as a number and its rest."""
    z = s * s
    z_low = fma(s, s, -z) + 2 * s * s_low
    t = z * _LOG_REST(z)
    w = TWO_THIRDS + t
    w_low = TWO_THIRDS_LOW + (t - (w - TWO_THIRDS))
    b = z * w
    b_low = fma(z, w, -b) + (z * w_low + z_low * w)
    c = s * b
    return c, fma(s, b, -c) + (s * b_low + s_low * b)


@exact_word
def _angle(z: float, n: float) -> tuple[float, float]:
    """z - n pi, which is below 2 in size, as a number and its rest; n is a whole number of halves."""
    first = fma(n, -PI, z)
    product = n * PI_LOW
    second = first - product
    low = fma(n, -PI_LEAST, ((first - second) - product) - fma(n, PI_LOW, -product))
    r = second + low
    return r, (second - r) + low


@word
def _sine(r: float, low: float) -> float:
    """sin(r + low) for |r| <= pi/2; 1 - 0.4053 r^2 is cos(r) nearly."""
    square = r * r
    return r + (r * square * _SIN(square) + low * (1 - 0.4053 * square))


@word
def _cosine(r: float, low: float) -> float:
    """cos(r + low) for |r| <= pi/4."""
    square = r * r
    first = 1 - 0.5 * square
    return first + (fma(-0.5, square, 1 - first) + (square * square * _COS(square) - r * low))


@exact_word
def multiply_aside(a: float, b: float) -> float:
    """a b, or if that is no float64 number, the odd one of the two around it: it lies on the true side of every tie of
    a smaller format."""
    product = a * b
    rest = fma(a, b, -product)
    bits = _bits(product)
    odd = bits | ONE_BIT if (rest > 0) == (product > 0) else bits - ONE_BIT
    return _float(odd if (abs(rest) > 0) & ((bits & ONE_BIT) == Bits(0)) else bits)


# ---- choices and steps ----------------------------------------------------------------------------------------------


@word
def minimum(a: float, b: float) -> float:
    """The smaller; NaN if either is. Exact."""
    smaller = a if a < b else b
    return smaller if a == a else a


@word
def maximum(a: float, b: float) -> float:
    """The larger; NaN if either is. Exact."""
    larger = a if a > b else b
    return larger if a == a else a


@word
def clip(u: float, low: float, high: float) -> float:
    """u limited to [low, high]. Exact."""
    return minimum(maximum(u, low), high)


@word
def abs(u: float) -> float:
    """|u|. Exact."""
    return fabs(u)


@word
def sign(u: float) -> float:
    """-1, 0 or 1; 0 is not signed. Exact."""
    return 1.0 if u > 0 else (-1.0 if u < 0 else (0.0 if u == 0 else u))


@word
def floor(u: float) -> float:
    """The largest whole number not above u. Exact."""
    return np.floor(u)  # type: ignore[no-any-return]


# ---- exponential, logarithm, roots ----------------------------------------------------------------------------------


@word
def exp(u: float) -> float:
    """e raised to u. 1.1 ulp."""
    low = -746.0 if u < -746 else u
    w, s, t = _exp_parts(_limited(low, 711.0), 0.0)
    return fma(w, s, s) * t


@word
def expm1(u: float) -> float:
    """exp(u) - 1. 2.1 ulp."""
    low = -40.0 if u < -40 else u
    w, s = _expm1_reduced(_limited(low, 710.0))
    value = 2 * fma(w, s, s - 0.5)
    return _with_sign(u, u if fabs(u) < 2.0**-100 else value)  # half a subnormal is rounded


@word
def log(u: float) -> float:
    """The natural logarithm. 0.8 ulp."""
    tiny = u < SMALLEST_NORMAL
    m, k, _ = _log_reduced(u * TO_NORMAL if tiny else u)
    return _log_limits(u, _log_sum(k - (54.0 if tiny else 0.0), m - 1, 0.0))


@word
def log1p(u: float) -> float:
    """log(1 + u). 0.8 ulp."""
    return _with_sign(u, _log_limits(1 + u, _log_of_sum(u, 0.0)))


@word
def sqrt(u: float) -> float:
    """The square root. Correctly rounded."""
    return root(u)


@word
def hypot(a: float, b: float) -> float:
    """sqrt(a^2 + b^2) without overflow; infinite if either is, even beside NaN. 1 ulp."""
    a, b = fabs(a), fabs(b)
    larger = maximum(a, b)
    scale = 2.0**-600 if larger > 2.0**500 else (2.0**600 if larger < 2.0**-400 else 1.0)
    back = 2.0**600 if larger > 2.0**500 else (2.0**-600 if larger < 2.0**-400 else 1.0)
    x, y = larger * scale, minimum(a, b) * scale
    length = root(fma(x, x, y * y)) * back
    return INFINITY if a == INFINITY or b == INFINITY else length


@word
def power(a: float, b: float) -> float:
    """a raised to b, with NumPy's limits: a^0 = 1^b = 1 even for NaN, (-1)^inf = 1. 1.2 ulp."""
    size = _power_of_size(fabs(a), b)
    whole = np.floor(b) == b
    odd = whole and np.floor(0.5 * b) != 0.5 * b
    signed = _float(_bits(size) ^ (_bits(a) & SIGN)) if odd else size
    real = signed if whole or a >= 0 or a == -INFINITY or a != a else NAN
    one = b == 0 or a == 1 or (a == -1 and fabs(b) == INFINITY)
    return 1.0 if one else real


@exact_word
def _power_of_size(z: float, b: float) -> float:
    """z raised to b for z >= 0, from the logarithm in two parts."""
    finite, rest = _log_in_two(z)
    high = -INFINITY if z == 0 else (finite if z < INFINITY else z)
    y = b * high
    y_low = fma(b, high, -y) + b * rest
    low = -746.0 if y < -746 else y
    w, s, t = _exp_parts(_limited(low, 711.0), y_low if fabs(y) < 800 else 0.0)
    return fma(w, s, s) * t


# ---- circular and hyperbolic ----------------------------------------------------------------------------------------


@word
def sin(u: float) -> float:
    """The sine; NaN for |u| > REDUCED. 1.7 ulp."""
    z = fabs(u)
    shifted = fma(z, INVERSE_PI, ROUND)
    r, low = _angle(z, shifted - ROUND)
    value = _float(_bits(_sine(r, low)) ^ ((_bits(u) ^ (_bits(shifted) << SIGN_PLACE)) & SIGN))
    return value if z <= REDUCED else NAN


@word
def cos(u: float) -> float:
    """The cosine, as the sine a quarter turn on; NaN for |u| > REDUCED. 1.8 ulp."""
    z = fabs(u)
    shifted = fma(z, INVERSE_PI, -0.5) + ROUND
    r, low = _angle(z, shifted - ROUND + 0.5)
    value = -_float(_bits(_sine(r, low)) ^ (_bits(shifted) << SIGN_PLACE))
    return value if z <= REDUCED else NAN


@word
def tan(u: float) -> float:
    """The tangent; NaN for |u| > REDUCED. 2 ulp."""
    z = fabs(u)
    shifted = fma(z, 2 * INVERSE_PI, ROUND)
    r, low = _angle(z, 0.5 * (shifted - ROUND))
    sine, cosine = _sine(r, low), _cosine(r, low)
    odd = _bits(shifted) << SIGN_PLACE == SIGN
    value = (-cosine if odd else sine) / (sine if odd else cosine)
    return _float(_bits(value) ^ (_bits(u) & SIGN)) if z <= REDUCED else NAN


@word
def atan(u: float) -> float:
    """The inverse tangent: from 0, from pi/4 or from pi/2. 1.6 ulp."""
    z = fabs(u)
    near, far = z < OCTANT, z > 1 / OCTANT
    x = (z if near else (-1.0 if far else z - 1)) / (1.0 if near else (z if far else z + 1))
    base = 0.0 if near else (HALF_PI if far else QUARTER_PI)
    rest = 0.0 if near else (HALF_PI_LOW if far else QUARTER_PI_LOW)
    square = x * x
    return _with_sign(u, base + (x + (x * square * _ATAN(square) + rest)))


@word
def sinh(u: float) -> float:
    """The hyperbolic sine. 1.6 ulp."""
    z = fabs(u)
    s, c, less, more = _hyperbolic(_limited(z, 711.0))
    value = 4 * (less + (less * c + more * s))
    return _with_sign(u, z if z < 2.0**-100 else value)  # a quarter of a subnormal is rounded


@word
def cosh(u: float) -> float:
    """The hyperbolic cosine. 1.3 ulp."""
    s, c, less, more = _hyperbolic(_limited(fabs(u), 711.0))
    return 4 * (more + (more * c + less * s))


@word
def asinh(u: float) -> float:
    """The inverse hyperbolic sine: log(1 + f), f = u + sqrt(1 + u^2) - 1; log(2 u) for large u. 1.5 ulp."""
    z = fabs(u)
    large = z > 2.0**30
    f = z + z * z / (1 + root(1 + z * z))
    value = _log_of_sum(z - 1 if large else f, 1.0 if large else 0.0)
    return _with_sign(u, value if z < INFINITY else z)


@word
def tanh(u: float) -> float:
    """The hyperbolic tangent: e/(e + 2), e = expm1(2|u|). 2.9 ulp."""
    w, s = _expm1_reduced(2 * _limited(fabs(u), 20.0))
    return _with_sign(u, fma(w, s, s - 0.5) / fma(w, s, s + 0.5))


@word
def sech(u: float) -> float:
    """1/cosh(u). 2.2 ulp."""
    low = -fabs(u)
    w, s, t = _exp_parts(-748.0 if low < -748 else low, 0.0)
    root = fma(w, s, s)
    q = root * t
    return root * (2 * t) / (1 + q * q)


# ---- the normal distribution ----------------------------------------------------------------------------------------


@word
def erf(u: float) -> float:
    """The error function: u + u p(u^2) below 1, then 1 - erfc(u), of which few digits are needed. 1.2 ulp."""
    z = fabs(u)
    near = z + z * _ERF(z * z)
    far = _limited(z, 6.0)
    d = 2 / (far + 2)
    w, s = _expm1_reduced(-far * far)
    factor = 2 * d * s * _ERF_REST(fma(far, d, -1.0))
    return _with_sign(u, near if z < 1 else 1 - fma(w, factor, factor))


@word
def erfc(u: float) -> float:
    """1 - erf(u). 3.3 ulp."""
    z = _limited(fabs(u), 27.3)
    d = 2 / (z + 2)
    tail = _gaussian(d * _ERFC(fma(z, d, -1.0)), z, z)
    return 2 - tail if u < 0 else tail


@word
def normcdf(u: float) -> float:
    """The distribution function of N(0, 1). 3.9 ulp."""
    z = _limited(fabs(u), 38.6)
    d = 2 / (z + 4)
    tail = _gaussian(d * _NORMCDF(fma(z, d, -1.0)), 0.5 * z, z)
    return tail if u < 0 else 1 - tail


@word
def normpdf(u: float) -> float:
    """The density of N(0, 1). 1.5 ulp."""
    z = _limited(fabs(u), 38.8)
    return _gaussian(INVERSE_SQRT_TWO_PI, 0.5 * z, z)


# ---- the logistic family --------------------------------------------------------------------------------------------


@word
def sigmoid(u: float) -> float:
    """1/(1 + exp(-u)). 2.2 ulp."""
    q = _decay(u)
    return (q if u < 0 else 1.0) / (1 + q)


@word
def log_sigmoid(u: float) -> float:
    """log(sigmoid(u)); -0.0 is its limit. 1.7 ulp."""
    return _float(_bits(softplus(-u)) | SIGN)


@word
def softplus(u: float) -> float:
    """log(1 + exp(u)). 1.7 ulp."""
    return (u if u > 0 else 0.0) + _log1p_unit(_decay(u))
