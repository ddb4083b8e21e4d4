"""bench/run as `make bench` starts it, with hardly any requests: matrix_test.py <build folder>.

What it measures here means nothing. That it measures every point and shows all of it is what is checked.
"""

import dataclasses
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench"))
import growth
import plot
import points
import programs
import results

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import outcome  # noqa: E402

PATIENCE = 250  # seconds, only spent when something is broken
DISTRIBUTION = """
Latency by percentile distribution:
0.000% <= 0.023 milliseconds (cumulative count 10)
50.000% <= 0.031 milliseconds (cumulative count 900)
96.875% <= 0.040 milliseconds (cumulative count 998)
100.000% <= 0.239 milliseconds (cumulative count 1000)

Cumulative distribution of latencies:
100.000% <= 0.303 milliseconds (cumulative count 1000)

Summary:
  latency summary (msec):
          avg       min       p50       p95       p99       max
        0.026     0.016     0.030     0.039     0.039     0.239
"""
build = pathlib.Path()  # set by main


class Smoke(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.out = pathlib.Path(folder.name) / "results"
        ended = subprocess.run([ROOT / "bench/run", "--smoke", "--build", build, "--out", cls.out], check=False,
                               stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        if ended.returncode != 0:
            raise AssertionError(ended.stdout + ended.stderr)
        cls.found = json.loads((cls.out / "results.json").read_text())
        cls.text = (cls.out / "results.md").read_text()

    def test_every_program_gives_every_number_of_every_point(self) -> None:
        self.assertEqual([results.point_of(row).depth for row in self.found["rows"]],
                         [point.depth for point in points.smoke()])
        for row in self.found["rows"]:
            with self.subTest(str(results.point_of(row))):
                clients = [client.name for client in programs.CLIENTS if client.takes(results.point_of(row))]
                self.assertEqual(list(row["rounds"]), clients)
                for each in (each for rounds in row["rounds"].values() for each in rounds):
                    self.assertEqual(set(each), set(programs.NUMBERS))
                    self.assertGreater(each["ops_per_s"], 0)
                    latencies = [each[name] for name in programs.QUANTILES]
                    self.assertEqual(latencies, sorted(latencies))

    def test_the_proxy_adds_what_it_was_told(self) -> None:
        far = [row for row in self.found["rows"] if row["point"]["added_us"]]
        for row in far:
            for client in row["rounds"]:
                self.assertGreater(results.median(row, client, "p50_us"), 0.98 * row["point"]["added_us"], client)
        self.assertTrue(far)

    def test_the_document_shows_every_point_and_its_surroundings(self) -> None:
        for row in self.found["rows"]:
            self.assertIn(f"| {results.point_of(row)} | redstart |", self.text)
        for word in ("processor", "kernel", "server", "compiler", "allocator", "hiredis", "date", "load before"):
            self.assertRegex(self.text, rf"\| `?{word}`? \| [^-\s|]")
        for row in re.findall(r"^\|.*\|$", self.text, re.M):
            self.assertNotIn("nan", row)

    def test_every_pattern_is_measured_by_its_size(self) -> None:
        rows = self.found["beside"]["sizes"]
        self.assertGreaterEqual(len({row["pattern"] for row in rows}), 18)
        text = (self.out / "sizes.md").read_text()
        for row in rows:
            self.assertIn("1000", row["costs"])
            self.assertGreater(min(row["costs"].values()), 0)
            self.assertIn(f"| {row['pattern']} | {row['operation']} | {row['of']} |", text)

    def test_the_plots_are_there_and_named(self) -> None:
        named = re.findall(r"!\[[^\]]+\]\((.+?)\)", self.text)
        self.assertEqual(sorted(named), sorted(path.name for path in self.out.glob("*.svg")))
        self.assertIn("depth.svg", named)
        for name in named:
            picture = xml.etree.ElementTree.parse(self.out / name).getroot()
            texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
            self.assertTrue({title for title, _field in plot.PANELS} | set(plot.MARKS) <= set(texts), texts)


class Arithmetic(unittest.TestCase):
    def row(self, ours: list[float], theirs: list[float]) -> dict:
        return {"rounds": {name: [dict.fromkeys(programs.NUMBERS, rate) for rate in rates]
                           for name, rates in (("redstart", ours), ("hiredis", theirs))}}

    def test_a_ratio_is_the_median_over_the_rounds(self) -> None:
        row = self.row([100, 10, 30], [50, 20, 30])
        self.assertEqual(results.ratio(row, "hiredis", "ops_per_s"), 1)
        self.assertEqual(results.median(row, "redstart", "ops_per_s"), 30)
        self.assertEqual(results.median(row, "redstart", "max_us"), 100)
        self.assertEqual(results.spread(row, "hiredis"), 0.5)

    def test_the_latencies_of_valkey_benchmark_are_its_own_or_the_next_step_that_it_prints(self) -> None:
        found = programs.ValkeyBenchmark.latencies(DISTRIBUTION)
        self.assertEqual({name: round(us) for name, us in found.items()},
                         {"p50_us": 30, "p90_us": 31, "p99_us": 39, "p999_us": 239, "max_us": 239})

    def test_what_grows_faster_than_its_header_says_is_marked(self) -> None:
        def row(name: str, promise: str, last: float) -> dict:
            return {"pattern": name, "operation": "get", "of": "keys", "promise": promise,
                    "costs": {"1000": 1.0, "1000000": last}}
        rows = [row("bare", "O(1)", 3), row("near", "O(1)", 5), row("fast", "O(1) each", 7),
                row("log", "O(log n)", 5), row("faster", "O(log n)", 7), row("linear", "O(n)", 900)]
        self.assertEqual([each["pattern"] for each in growth.beyond(rows)], ["fast", "faster"])
        self.assertIn("| fast | get | keys | 1.0 | 7.0 | **7.0 x** | O(1) each |", growth.document(
            rows, dict.fromkeys(("date", "processor", "load before", "server", "Redstart", "compiler"), "")))

    def test_every_combination_of_the_full_matrix_is_there_once(self) -> None:
        chosen = points.full()
        self.assertEqual(len(chosen), len(set(chosen)))
        for depth in points.DEPTHS:
            for lanes in (1, 2)[:depth]:
                wanted = points.Point("", depth=depth, lanes=lanes)
                found = [each for each in chosen if dataclasses.replace(each, section="", added_us=None) == wanted]
                self.assertEqual([each.added_us for each in found], [None, 1000])
        self.assertTrue(all(each.depth * each.value_bytes <= points.MOST_IN_FLIGHT for each in chosen))

    def test_scales_hold_what_they_show_with_few_lines(self) -> None:
        for low, high in ((1, 1), (0.13, 47), (20_000, 1_400_000), (3, 9), (0.001, 1_000_000)):
            with self.subTest(low=low, high=high):
                scale = plot.ticks(low, high)
                self.assertLessEqual(scale[0], low)
                self.assertGreaterEqual(scale[-1], high)
                self.assertTrue(2 <= len(scale) <= 10, scale)


def main() -> int:
    global build
    build = pathlib.Path(sys.argv[1]).resolve()
    ended = unittest.main(argv=sys.argv[:1] + sys.argv[2:], exit=False, verbosity=2)
    return outcome.report(ended.result)


if __name__ == "__main__":
    sys.exit(main())
