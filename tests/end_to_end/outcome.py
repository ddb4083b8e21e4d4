"""How a Python test ends: each skipped case by name, then "N passed, M failed, K skipped"."""

import unittest


def report(result: unittest.TestResult) -> int:
    """Prints it, and returns the exit code."""
    failed = len({str(getattr(case, "test_case", case)) for case, _ in result.failures + result.errors})
    for case, reason in result.skipped:
        print(f"skipped: {case.id().removeprefix('__main__.')}: {' '.join(reason.split())}")
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, {len(result.skipped)} skipped")
    return 0 if result.wasSuccessful() and result.testsRun else 1
