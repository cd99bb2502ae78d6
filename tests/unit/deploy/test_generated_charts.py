"""The generated files of the charts are what values, tables and code say."""

from charts import files
from support.charts import CHARTS


def test_every_generated_file_is_current() -> None:
    different = [name for name, content in files().items() if (CHARTS / name).read_text(encoding="utf-8") != content]
    assert not different, f"run `make charts`, and commit what it changes: {', '.join(different)}"
