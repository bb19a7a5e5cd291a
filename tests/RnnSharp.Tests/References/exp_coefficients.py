"""Prints the coefficients of LaneMath: q of eʳ - 1 = r + r² q(r) for |r| <= ln 2 / 2, minimax in the relative error of eʳ - 1
(Remez' exchange on a grid). Lowest power first each coefficient is rounded to its precision and the rest fitted anew around it,
so that rounding costs the fit next to nothing.

Run with Debian's python3-mpmath: /usr/bin/python3 exp_coefficients.py
"""
import struct

import mpmath as mp

mp.mp.prec = 240

# A little past ln 2 / 2, because x / ln 2 is itself rounded before the nearest whole number is taken.
END = mp.log(2) / 2 * (1 + mp.mpf(2) ** -12)
GRID = [END * mp.cos(mp.pi * i / 1500) for i in range(1501)]
GRID = [r for r in GRID if abs(r) > mp.mpf(2) ** -10]


def remez(fixed, free):
    """The best `free` further coefficients behind the `fixed` ones, and the greatest relative error."""
    low = len(fixed)

    # What alternates is the error of the free part of q without its lowest power: the signs of that and of eʳ - 1 are taken out.
    scale = [r ** 2 / mp.expm1(r) * mp.sign(r) ** (low + 1) for r in GRID]
    target = [s * ((mp.expm1(r) - r) / r ** 2 - mp.polyval(list(reversed(fixed)) or [0], r)) for r, s in zip(GRID, scale)]
    points = [(len(GRID) - 1) * i // free for i in range(free + 1)]
    for _ in range(60):
        rows = mp.matrix(free + 1, free + 1)
        for i, at in enumerate(points):
            for k in range(free):
                rows[i, k] = scale[at] * GRID[at] ** (low + k)
            rows[i, free] = (-1) ** i
        solution = mp.lu_solve(rows, mp.matrix([target[at] for at in points]))
        found = [solution[k] for k in range(free)]
        error = [t - s * r ** low * mp.polyval(list(reversed(found)), r) for r, s, t in zip(GRID, scale, target)]

        # The greatest error of each run of one sign. Of too many runs the least go, two neighbours at a time so that signs still alternate.
        peaks = []
        for at, e in enumerate(error):
            if peaks and (error[peaks[-1]] > 0) == (e > 0):
                if abs(e) > abs(error[peaks[-1]]):
                    peaks[-1] = at
            else:
                peaks.append(at)
        while len(peaks) > free + 1:
            sizes = [abs(error[at]) for at in peaks]
            least = min(range(len(peaks)), key=sizes.__getitem__)
            if 0 < least < len(peaks) - 1 and len(peaks) > free + 2:
                other = least - 1 if sizes[least - 1] < sizes[least + 1] else least + 1
                del peaks[min(least, other):max(least, other) + 1]
            else:
                peaks.pop(0 if sizes[0] < sizes[-1] else -1)
        if len(peaks) < free + 1 or peaks == points:
            break
        points = peaks
    return found, max(abs(e) for e in error)


def rounded(value, single):
    code = "<f" if single else "<d"
    if single:
        mp_value = mp.mpf(value)
        exponent = mp.floor(mp.log(abs(mp_value), 2)) - 23
        return mp.ldexp(mp.nint(mp.ldexp(mp_value, -int(exponent))), int(exponent))
    return mp.mpf(struct.unpack(code, struct.pack(code, float(value)))[0])


def fit(terms, single):
    fixed = []
    ideal = remez([], terms)[1]
    while len(fixed) < terms:
        found, _ = remez(fixed, terms - len(fixed))
        fixed.append(rounded(found[0], single))
    error = max(abs((r + r ** 2 * mp.polyval(list(reversed(fixed)), r)) / mp.expm1(r) - 1) for r in GRID)
    unit = mp.mpf(2) ** (-24 if single else -53)
    print(f"{'float' if single else 'double'}: {terms} terms, relative error {mp.nstr(error / unit, 3)} half units (unrounded {mp.nstr(ideal / unit, 3)})")
    for value in reversed(fixed):
        print(f"    {float(value):.9g}f," if single else f"    {float(value)!r},")


if __name__ == "__main__":
    fit(5, single=True)
    fit(10, single=False)
