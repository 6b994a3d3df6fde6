"""How each language spells notation: LaTeX, MathML, plain Unicode text."""

from __future__ import annotations

from collections.abc import Sequence

from nonlin.calculus.formulas.names import GREEK, split

_OWN = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "ln", "exp", "max", "min", "arctan"}  # commands of LaTeX
_SYMBOLS = {"sigma": "σ", "Phi": "Φ", "varphi": "φ", "tau": "τ"}
_SIGNS = {"-": "−", "<": "&lt;", ">": "&gt;"}  # in MathML; names are identifiers and need no escaping
_FENCES = {"round": ("(", ")"), "abs": ("|", "|"), "floor": ("⌊", "⌋")}
_TEX = str.maketrans({"_": r"\_", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "{": r"\{", "}": r"\}",
                      "^": r"\^{}", "~": r"\~{}", "\\": r"\backslash "})  # fmt: skip


def _digits(text: str) -> tuple[str, str]:
    """A number's digits and its power of ten, such as ``("2.5", "-7")``; ``("", "-5")`` for 1e-05."""
    mantissa, _, power = text.partition("e")
    return ("" if power and mantissa in ("1", "1.0") else mantissa, str(int(power)) if power else "")


class LaTeX:
    """LaTeX with amsmath; what matplotlib's mathtext knows, but for cases."""

    bars = True

    def number(self, text: str) -> str:
        mantissa, power = _digits(text)
        ten = f"10^{{{power}}}" if power else ""
        return rf"{mantissa} \cdot {ten}" if mantissa and ten else mantissa or ten

    def name(self, name: str) -> str:
        head, below = split(name)
        letter = rf"\{head}" if head in GREEK else head if len(head) == 1 and head != "_" else self._word(head)
        return f"{letter}_{self._below(below)}" if below else letter

    def _below(self, text: str) -> str:
        if text in GREEK:
            return rf"{{\{text}}}"
        return text if len(text) == 1 and text != "_" else f"{{{text if text.isdecimal() else self._word(text)}}}"

    @staticmethod
    def _word(text: str) -> str:
        return rf"\mathrm{{{text.translate(_TEX)}}}"

    def row(self, parts: Sequence[str]) -> str:
        return "".join(parts)

    def sign(self, sign: str, leading: bool) -> str:
        spelled = {"≥": r"\geq", "≤": r"\leq", "≠": r"\neq"}.get(sign, sign)
        return spelled if leading or sign == "/" else f" {spelled} "

    def between(self, left: str, right: str) -> str:
        """LaTeX itself leaves a space before and after a function's name."""
        if right == "digit":
            return r" \cdot "
        if left == "digit" or right == "function":
            return r"\," if right == "word" else " "
        return r"\," if {left, right} & {"word", "bracket", "letter function"} else " "

    def fraction(self, over: str, under: str) -> str:
        return rf"\frac{{{over}}}{{{under}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent}" if len(exponent) == 1 else f"{base}^{{{exponent}}}"

    def root(self, inside: str) -> str:
        return rf"\sqrt{{{inside}}}"

    def function(self, name: str, exponent: str) -> str:
        known = name in _OWN or name in _SYMBOLS
        return (rf"\{name}" if known else rf"\operatorname{{{name}}}") + (f"^{exponent}" if exponent else "")

    def applied(self, function: str, argument: str, bracketed: bool) -> str:
        return function + ("" if bracketed else " ") + argument

    def fence(self, kind: str, inside: str, tall: bool) -> str:
        left, right = {"round": "()", "abs": "||", "floor": (r"\lfloor ", r"\rfloor")}[kind]
        return rf"\left{left}{inside}\right{right}" if tall else f"{left}{inside}{right}"

    def arguments(self, parts: Sequence[str]) -> str:
        return ", ".join(parts)

    def cases(self, rows: Sequence[tuple[str, str | None]]) -> str:
        said = [rf"{v} & \text{{if }} {c}" if c is not None else rf"{v} & \text{{otherwise}}" for v, c in rows]
        return r"\begin{cases} " + r" \\ ".join(said) + r" \end{cases}"

    def conditions(self, parts: Sequence[str]) -> str:
        return r" \text{ and } ".join(parts)

    def total(self, kind: str, index: str, inside: str) -> str:
        return rf"\{kind}_{index} {inside}"

    def dots(self) -> str:
        return r"\ldots"


class Mathtext(LaTeX):
    """The LaTeX of matplotlib: it leaves no space before a function's name and has no cases, so they stand in a row."""

    def between(self, left: str, right: str) -> str:
        return r"\," if right == "function" else super().between(left, right)

    def cases(self, rows: Sequence[tuple[str, str | None]]) -> str:
        said = [rf"{v}\ \mathrm{{if}}\ {c}" if c is not None else rf"{v}\ \mathrm{{otherwise}}" for v, c in rows]
        return r"\{" + r";\ \ ".join(said) + r"\}"

    def conditions(self, parts: Sequence[str]) -> str:
        return r"\ \mathrm{and}\ ".join(parts)


class Plain:
    """One line of Unicode text."""

    bars = False
    _raised = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

    def number(self, text: str) -> str:
        mantissa, power = _digits(text)
        ten = f"10{self.power('', power.replace('-', '−'))}" if power else ""
        return f"{mantissa}·{ten}" if mantissa and ten else mantissa or ten

    def name(self, name: str) -> str:
        head, below = split(name)
        return GREEK.get(head, head) + (f"_{GREEK.get(below, below)}" if below else "")

    def row(self, parts: Sequence[str]) -> str:
        return "".join(parts)

    def sign(self, sign: str, leading: bool) -> str:
        spelled = "−" if sign == "-" else sign
        return spelled if leading or sign == "/" else f" {spelled} "

    def between(self, left: str, right: str) -> str:
        return "·"

    def fraction(self, over: str, under: str) -> str:
        return f"{over}/{under}"

    def power(self, base: str, exponent: str) -> str:
        if exponent.isdecimal():
            return base + exponent.translate(self._raised)
        if exponent[:1] == "−" and exponent[1:].isdecimal() and not base:
            return "⁻" + exponent[1:].translate(self._raised)
        return f"{base}^{exponent}" if exponent.isalnum() else f"{base}^({exponent})"

    def root(self, inside: str) -> str:
        return f"√{inside}"

    def function(self, name: str, exponent: str) -> str:
        return self.power(_SYMBOLS.get(name, name), exponent) if exponent else _SYMBOLS.get(name, name)

    def applied(self, function: str, argument: str, bracketed: bool) -> str:
        return function + ("" if bracketed else " ") + argument

    def fence(self, kind: str, inside: str, tall: bool) -> str:
        left, right = _FENCES[kind]
        return f"{inside} }}" if kind == "round" and inside[0] == "{" else f"{left}{inside}{right}"

    def arguments(self, parts: Sequence[str]) -> str:
        return ", ".join(parts)

    def cases(self, rows: Sequence[tuple[str, str | None]]) -> str:
        *most, (last, _) = rows
        return "{ " + "; ".join([*(f"{v} if {c}" for v, c in most), f"{last} otherwise"])

    def conditions(self, parts: Sequence[str]) -> str:
        return " and ".join(parts)

    def total(self, kind: str, index: str, inside: str) -> str:
        return f"{ {'sum': 'Σ', 'max': 'max'}[kind] }_{index} {inside}"

    def dots(self) -> str:
        return "…"


class MathML:
    """Presentation MathML (Core), without the outer element."""

    bars = True

    def number(self, text: str) -> str:
        mantissa, power = _digits(text)
        ten = f"<msup><mn>10</mn>{self._signed(power)}</msup>" if power else ""
        if mantissa and ten:
            return self.row([f"<mn>{mantissa}</mn>", "<mo>·</mo>", ten])
        return ten or f"<mn>{mantissa}</mn>"

    def _signed(self, power: str) -> str:
        return f"<mrow><mo>−</mo><mn>{power[1:]}</mn></mrow>" if power[0] == "-" else f"<mn>{power}</mn>"

    def name(self, name: str) -> str:
        head, below = split(name)
        return f"<msub>{self._letter(head)}{self._letter(below)}</msub>" if below else self._letter(head)

    @staticmethod
    def _letter(text: str) -> str:
        tag = "mn" if text.isdecimal() else "mi"
        return f"<{tag}>{GREEK.get(text, text)}</{tag}>"

    def row(self, parts: Sequence[str]) -> str:
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def sign(self, sign: str, leading: bool) -> str:
        form = ' form="prefix"' if leading else ' lspace="0" rspace="0"' if sign == "/" else ""
        return f"<mo{form}>{_SIGNS.get(sign, sign)}</mo>"

    def between(self, left: str, right: str) -> str:
        if right == "digit":
            return "<mo>·</mo>"
        close = {left, right} <= {"letter", "bar"} or (left == "digit" and right not in ("word", "function"))
        return "<mo>&#x2062;</mo>" if close else '<mspace width="0.17em"></mspace>'

    def fraction(self, over: str, under: str) -> str:
        return f"<mfrac>{over}{under}</mfrac>"

    def power(self, base: str, exponent: str) -> str:
        return f"<msup>{base}{exponent}</msup>"

    def root(self, inside: str) -> str:
        return f"<msqrt>{inside}</msqrt>"

    def function(self, name: str, exponent: str) -> str:
        upright = ' mathvariant="normal"' if name == "Phi" else ""
        letter = f"<mi{upright}>{_SYMBOLS.get(name, name)}</mi>"
        return self.power(letter, exponent) if exponent else letter

    def applied(self, function: str, argument: str, bracketed: bool) -> str:
        gap = "" if bracketed else '<mspace width="0.17em"></mspace>'
        return f"<mrow>{function}<mo>&#x2061;</mo>{gap}{argument}</mrow>"

    def fence(self, kind: str, inside: str, tall: bool) -> str:
        left, right = _FENCES[kind]
        size = "" if tall else ' stretchy="false"'
        return f'<mrow><mo form="prefix"{size}>{left}</mo>{inside}<mo form="postfix"{size}>{right}</mo></mrow>'

    def arguments(self, parts: Sequence[str]) -> str:
        return self.row([parts[0], *(f'<mo separator="true">,</mo>{p}' for p in parts[1:])])

    def cases(self, rows: Sequence[tuple[str, str | None]]) -> str:
        cells = "".join(f"<mtr>{self._cell(v)}{self._cell(self._said(c))}</mtr>" for v, c in rows)
        return f'<mrow><mo form="prefix" stretchy="true">{{</mo><mtable displaystyle="true">{cells}</mtable></mrow>'

    @staticmethod
    def _cell(content: str) -> str:
        return f'<mtd style="text-align: left; padding: 0.2em 1em 0.2em 0">{content}</mtd>'

    def _said(self, condition: str | None) -> str:
        return "<mtext>otherwise</mtext>" if condition is None else f"<mrow><mtext>if&#xa0;</mtext>{condition}</mrow>"

    def conditions(self, parts: Sequence[str]) -> str:
        return self.row([parts[0], *(f"<mtext>&#xa0;and&#xa0;</mtext>{p}" for p in parts[1:])])

    def total(self, kind: str, index: str, inside: str) -> str:
        sign = {"sum": "<mo>∑</mo>", "max": "<mi>max</mi>"}[kind]
        return f"<mrow><munder>{sign}<mi>{index}</mi></munder>{inside}</mrow>"

    def dots(self) -> str:
        return "<mo>…</mo>"
