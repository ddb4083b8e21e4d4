"""Plots of results as SVG, by hand: four panels over the depth, in colours that hold on light and dark ground."""

import math
from xml.sax.saxutils import escape

from results import median, point_of

WIDTH, HEIGHT = 860, 660
PANEL = (330, 200)  # the size of a panel's ground
LEFT, TOP = 80, 100  # of the first panel
STEP = (420, 285)  # from panel to panel
PANELS = (("commands per second", "ops_per_s"), ("CPU per command, us", "cpu_us_per_op"),
          ("latency p50, us", "p50_us"), ("latency p99, us", "p99_us"))
MARKS = {"redstart": "circle", "valkey-benchmark": "square", "hiredis": "triangle"}
LIGHT = {"ground": "#ffffff", "ink": "#1f2328", "faint": "#d7dce1", "redstart": "#0063b1",
         "valkey-benchmark": "#c34a00", "hiredis": "#00795a"}
DARK = {"ground": "#14181d", "ink": "#e3e7eb", "faint": "#39414a", "redstart": "#5cb3ff",
        "valkey-benchmark": "#ff9a4d", "hiredis": "#3ecf9f"}


def colours(chosen: dict[str, str]) -> str:
    """Classes rather than variables: many viewers know only those."""
    clients = "".join(f" .line.{name} {{ stroke: {chosen[name]}; }} .mark.{name} {{ fill: {chosen[name]}; }}"
                      for name in MARKS)
    return (f".ground {{ fill: {chosen['ground']}; }} text {{ fill: {chosen['ink']}; }} "
            f".grid {{ stroke: {chosen['faint']}; }}{clients}")


STYLE = f"""
  text {{ font-family: system-ui, sans-serif; font-size: 13px; }}
  .title {{ font-size: 16px; font-weight: bold; }}
  .line {{ fill: none; stroke-width: 2.2; }}
  {colours(LIGHT)}
  @media (prefers-color-scheme: dark) {{ {colours(DARK)} }}
"""


def ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten, or fewer of them, around what is shown."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for parts in ((1, 2, 5), (1,)):
        found = [part * 10.0 ** power for power in range(first, last + 1) for part in parts]
        below = max((tick for tick in found if tick <= low * 1.0001), default=found[0])
        above = min((tick for tick in found if tick >= high * 0.9999), default=found[-1])
        found = [tick for tick in found if below <= tick <= above]
        if len(found) <= 8:
            break
    return found if len(found) > 1 else [found[0] / 10, found[0], found[0] * 10]


def tick_text(value: float) -> str:
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def mark(client: str, x: float, y: float) -> str:
    kind = f'class="mark {client}"'
    if MARKS[client] == "circle":
        return f'<circle {kind} cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    if MARKS[client] == "square":
        return f'<rect {kind} x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'
    return f'<polygon {kind} points="{x:.1f},{y - 5:.1f} {x - 5:.1f},{y + 4:.1f} {x + 5:.1f},{y + 4:.1f}"/>'


def curve(client: str, places: list[tuple[float, float]]) -> list[str]:
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return [f'<polyline class="line {client}" points="{line}"/>',
            *(mark(client, x, y) for x, y in places)]


def panel(index: int, rows: list[dict], clients: list[str]) -> list[str]:
    name, field = PANELS[index]
    left, top = LEFT + STEP[0] * (index % 2), TOP + STEP[1] * (index // 2)
    width, height = PANEL
    values = {client: [median(row, client, field) for row in rows] for client in clients}
    scale = ticks(*(pick(value for each in values.values() for value in each) for pick in (min, max)))

    def y(value: float) -> float:
        return top + height * (1 - math.log(value / scale[0]) / math.log(scale[-1] / scale[0]))

    def x(place: int) -> float:
        return left + width * (place + 0.5) / len(rows)

    lines = [f'<text x="{left}" y="{top - 12}">{escape(name)}</text>']
    for tick in scale:
        lines.append(f'<line class="grid" x1="{left}" x2="{left + width}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        lines.append(f'<text x="{left - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick_text(tick)}</text>')
    for place, row in enumerate(rows):
        lines.append(f'<text x="{x(place):.1f}" y="{top + height + 20}" text-anchor="middle">'
                     f'{point_of(row).depth}</text>')
    lines.append(f'<text x="{left + width / 2:.1f}" y="{top + height + 40}" text-anchor="middle">'
                 'depth: commands in flight</text>')
    for client in clients:
        lines += curve(client, [(x(place), y(value)) for place, value in enumerate(values[client])])
    return lines


def by_depth(rows: list[dict], title: str) -> str:
    """One picture of rows that differ only in their depth. Both axes are logarithmic."""
    rows = sorted(rows, key=lambda row: point_of(row).depth)
    clients = [client for client in MARKS if all(client in row["rounds"] for row in rows)]
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
             f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>",
             f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
             f'<text class="title" x="24" y="34">{escape(title)}</text>']
    for place, client in enumerate(clients):
        at = 30 + 170 * place
        lines += [mark(client, at, 56), f'<text x="{at + 12}" y="61">{client}</text>']
    for index in range(len(PANELS)):
        lines += panel(index, rows, clients)
    return "\n".join([*lines, "</svg>"]) + "\n"
