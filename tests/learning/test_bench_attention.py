"""`bench attention`: its contract on made-up mailboxes, its aim on real ones where they are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from firsthand.cli.benching import bench
from firsthand.core.errors import Misuse
from firsthand.learning.bench_attention import run
from tests.learning.people import write, year

REAL = Path(__file__).parents[3] / "shared" / "data" / "enron"


def test_the_report_keeps_its_contract(tmp_path: Path) -> None:
    for seed in range(4):
        write(tmp_path / f"box{seed}", list(year(seed, letters=200)))
    write(tmp_path / "quiet", list(year(9, letters=30)))
    result = CliRunner().invoke(bench, ["attention", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert [box["name"] for box in report["mailboxes"]] == ["box0", "box1", "box2", "box3"]
    assert [box["name"] for box in report["skipped"]] == ["quiet"]
    figures = {"average_precision", "roc_auc", "recall_5", "recall_10", "recall_20"}
    models = ("rules", "logistic", "boosting")  # in one run, on the same past
    for name in ("firsthand", "newest_first", "sender_rate", "priority_inbox", *models):
        assert set(report["mean"][name]) == figures
    for box in report["mailboxes"]:
        assert box["answered"] >= 40
        for lane in box["orders"].values():
            missed = lane["lost"]["20"] / box["measured_answered"]
            assert lane["lost"]["5"] >= lane["lost"]["10"] >= lane["lost"]["20"]
            assert lane["lost_kinds"]["all"] == lane["lost"]["20"]
            assert max(lane["lost_kinds"].values()) == lane["lost"]["20"]
            assert lane["recall_20"] == pytest.approx(1 - missed, abs=1e-3)
    firsthand, newest = (report["mean"][name] for name in ("firsthand", "newest_first"))
    assert firsthand["average_precision"] > 1.25 * newest["average_precision"]


def test_the_report_is_readable_without_json(tmp_path: Path) -> None:
    write(tmp_path / "box", list(year(1, letters=200)))
    result = CliRunner().invoke(bench, ["attention", str(tmp_path)])
    assert "priority inbox" in result.output
    assert "lost below the line" in result.output
    assert "expected calibration error 0." in result.output
    assert "0.0 to 0.1" in result.output
    assert "boosting" in result.output


def test_a_folder_without_mailboxes_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"has 40 answers or more \(no mail\)"):
        run(tmp_path)
    with pytest.raises(Misuse, match="no folder"):
        run(tmp_path / "nowhere")


@pytest.mark.skipif(not REAL.is_dir(), reason="real mailboxes (../shared/data/enron) are not here")
def test_on_real_mailboxes_the_best_of_the_others_is_beaten_by_a_quarter(tmp_path: Path) -> None:
    for name in ("heard-m", "quigley-d", "ward-k"):
        (tmp_path / name).symlink_to(REAL / name, target_is_directory=True)
    report = run(tmp_path)
    assert report["gain"] >= 0.25
    assert report["mean"]["firsthand"]["average_precision"] > max(
        report["mean"][name]["average_precision"] for name in ("rules", "logistic", "boosting")
    )
    assert report["calibration_error"] < 0.04
    # "2 of 10" and "4 of 10" are said often enough here to be held to them.
    for bin_ in report["calibration"]:
        if bin_["letters"] >= 100:
            assert bin_["said"] == pytest.approx(bin_["true"], abs=0.1)
