from prunetransfer.analysis.tables.markdown import pipe_table


def test_names_are_flush_left_and_numbers_flush_right():
    assert pipe_table(["arm", "x"], [["random", "1.0"], ["b", "22.0"], ["block"]]).splitlines() == [
        "| arm    |    x |",
        "| ------ | ---: |",
        "| random |  1.0 |",
        "| b      | 22.0 |",
        "| block  |      |",
    ]
