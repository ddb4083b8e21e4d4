"""How a Python test ends: each skipped case by name, then "N passed, M failed, K skipped"."""

import unittest


def cases(found: list) -> int:
    """How many cases these are: each of its sub-tests stands for itself."""
    return len({str(getattr(case, "test_case", case)) for case, _ in found})


def report(result: unittest.TestResult) -> int:
    """Prints it, and returns the exit code."""
    failed = cases(result.failures + result.errors)
    for case, reason in result.skipped:
        print(f"skipped: {case.id().removeprefix('__main__.')}: {' '.join(reason.split())}")
    skipped = cases(result.skipped)
    print(f"{max(0, result.testsRun - failed - skipped)} passed, {failed} failed, {skipped} skipped")
    return 0 if result.wasSuccessful() and result.testsRun else 1
