"""Run docs/tour.py from top to bottom and write the notebook beside it, with outputs and nothing that differs by machine.

make tour, or: python docs/execute.py [FILE.ipynb]
"""

import re
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

TOUR = Path(__file__).resolve().with_name("tour.py")
PATIENCE_S = 1800
"""Seconds that a cell may take on a machine that is busy with other things too."""


def execute(script: Path = TOUR) -> nbformat.NotebookNode:
    """Return the notebook of a script, executed in the script's folder.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell has failed; the message holds its traceback.
    """
    notebook = jupytext.read(script)
    place = {"metadata": {"path": str(script.parent)}}
    NotebookClient(notebook, kernel_name="python3", timeout=PATIENCE_S, resources=place).execute()
    return strip(notebook)


def strip(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without times, versions and addresses that differ from run to run; cells are named by their place."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    names = {"kernelspec": kernel, "language_info": {"name": "python"}, "jupytext": {"formats": "ipynb,py:percent"}}
    notebook.metadata = nbformat.from_dict(names)
    for place, cell in enumerate(notebook.cells):
        cell.id = f"cell-{place}"
        cell.metadata.clear()
        for output in cell.get("outputs", ()):
            output.get("metadata", {}).clear()
            plain = output.get("data", {}).get("text/plain")
            if plain is not None:
                output.data["text/plain"] = re.sub(r" at 0x[0-9a-f]+", "", plain)
    return notebook


def main() -> None:
    """Write the notebook where the command line says, else beside the script."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else TOUR.with_suffix(".ipynb")
    nbformat.write(execute(), out)


if __name__ == "__main__":
    main()
