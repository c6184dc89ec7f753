"""Digits of numbers of a usual size, of tiny ones, and of their differences."""

from foretaste.digits import change, fixed


def test_a_number_has_its_digits_or_those_that_count():
    assert (fixed(0.85), fixed(0.0), fixed(0.85, 2)) == ("0.8500", "0.0000", "0.85")
    assert (fixed(9.1234e-7), fixed(0.00081234), fixed(-9.1e-7)) == ("9.12e-07", "0.000812", "-9.1e-07")
    assert (fixed(0.001), fixed(0.01, 3)) == ("0.0010", "0.010")


def test_a_difference_has_the_digits_of_what_differs():
    assert (change(3e-8, 9e-7), change(0.0, 9e-7)) == ("+3e-08", "+0.0000")
    assert (change(3e-5, 0.9), change(3e-5), change(-0.0)) == ("+0.0000", "+0.0000", "+0.0000")
