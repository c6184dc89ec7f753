"""A doctor for data: looks at ratings before anything is fitted, and says what is wrong, what shows it and what to do."""

from foretaste.doctor.case import Case
from foretaste.doctor.examine import CHECKS, Diagnosis, examine
from foretaste.doctor.finding import Finding
from foretaste.doctor.opening import open_case
from foretaste.doctor.rules import RULES

__all__ = ["CHECKS", "RULES", "Case", "Diagnosis", "Finding", "examine", "open_case"]
