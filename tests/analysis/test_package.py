import subprocess
import sys

import pytest

import prunetransfer.analysis as analysis


def test_what_the_package_exports_is_there():
    for name in analysis.__all__:
        assert callable(getattr(analysis, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = analysis.nothing


def test_tables_and_figures_load_no_torch():
    """Each table and figure has a separate process, and loading torch would take 2 s and 200 MB in each."""
    modules = ["analysis.table1", "analysis.table2", "analysis.concatenated", "figures.figure3", "figures.figure7"]
    imports = "; ".join(f"import prunetransfer.{module}" for module in modules)
    check = f"{imports}; import sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
