"""The page that brings images in: each step, as a visitor goes through them, with real jobs behind."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.datasets import inspection, remembered_names, staging, worker
from core.datasets.options import NO_COLUMN, ImportOptions
from core.datasets.records import UNLABELLED
from core.datasets.staging import stage_upload, start_inspection, start_staged_import
from core.datasets.staging_folder import token_of
from core.datasets.store import delete_dataset, list_datasets, open_dataset
from core.jobs import control
from core.jobs.status import JobStatus, now, write_status
from core.workspace import jobs_dir
from tests.dicom_files import make_dicom, saved
from tests.screens import open_page, shows, texts
from ui.shell import _name_of

pytestmark = pytest.mark.usefixtures("home")

_MODULES = {inspection.__name__: inspection, worker.__name__: worker}
SERIES = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3"}
EVIL = "<img src=x onerror=alert(1)>![x](http://127.0.0.1:9/x.png)"


@pytest.fixture(autouse=True)
def _jobs_at_once(request, monkeypatch):
    """Let a job work in this process while it is started: a process of its own takes a second to begin."""
    if "real_jobs" in request.fixturenames:
        return

    def start(job, *, module, kind):
        write_status(job, JobStatus(kind=kind, state="queued", created_at=now(), launched_at=now()))
        _MODULES[module].main(job)

    monkeypatch.setattr(staging, "start", start)
    monkeypatch.setattr(worker, "start", start)


@pytest.fixture
def real_jobs():
    """Let jobs be processes of their own, as they are for a visitor."""


def png(value):
    content = io.BytesIO()
    Image.fromarray(np.full((24, 24), value, dtype=np.uint8)).save(content, format="PNG")
    return content.getvalue()


def folder(*extra):
    """What a browser sends of a folder that was chosen."""
    pictures = [
        (f"mine/{label}/p{n // 2}_{n}.png", png(n + 90 * (label == "ill")))
        for label in ("healthy", "ill")
        for n in range(4)
    ]
    return [*pictures, *extra]


def table(rows, header):
    """A table beside its pictures, as single files."""
    lines = "\n".join([header, *(",".join(row) for row in rows)])
    return [("labels.csv", lines.encode()), *((row[0], png(7 * n)) for n, row in enumerate(rows))]


def screen(text):
    """A picture with something like a line of writing at its top."""
    picture = np.zeros((200, 200), dtype=np.uint8)
    from PIL import ImageDraw

    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text((4, 4), text, fill=255)
    content = io.BytesIO()
    image.save(content, format="PNG")
    return content.getvalue()


def looked_at(files, **options):
    """Stage files, wait until they were looked at, and open the page on them as after a reload."""
    staged = stage_upload(files)
    start_inspection(staged, ImportOptions(name="new", **options))
    assert control.wait(staged, seconds=60) == "completed", control.view(staged).status.error
    return staged


def open_at(staged, **session):
    app = open_page("bring", **{"bring-at-staging": token_of(staged)} | session)
    assert not app.exception
    return app


def widget(app, kind, name):
    """Return the widget whose key begins with bring-NAME."""
    return next(one for one in app.get(kind) if (one.key or "").startswith(f"bring-{name}-"))


def finish(app, name="my-images"):
    """Import, wait, and come to the report."""
    app.button(key="bring-import").click().run()
    assert not app.exception
    job = next(jobs_dir().glob(f"import-{name}-*"))
    assert control.wait(job, seconds=60) == "completed", control.view(job).status.error
    app.run()
    return job


@pytest.mark.slow
def test_a_folder_goes_from_the_choice_to_the_report(real_jobs):
    app = open_page("bring")
    assert app.button(key="bring-look").disabled
    files = [(name, content, "image/png") for name, content in folder(("mine/ill/Miller.png", b"no picture"))]
    app.file_uploader(key="bring-folder-0").set_value(files).run()
    app.button(key="bring-look").click().run()
    staged = next(jobs_dir().glob("staging-*"))
    assert app.query_params["staging"] == token_of(staged)
    assert control.wait(staged, seconds=60) == "completed"
    assert list_datasets() == [info for info in list_datasets() if info.dataset_id == "phantoms"]
    app.run()
    assert shows(app, "Recognised: A folder for each class")
    assert [metric.value for metric in app.metric] == ["8", "2", "not known", "1"]
    assert shows(app, "One file will be skipped")
    job = finish(app)
    assert app.query_params["import"] == job.name
    assert "staging" not in app.query_params
    assert shows(app, "8 images of 2 classes came in.")
    assert list(app.dataframe[0].value["File"]) == ["ill/Miller.png"]
    assert open_dataset("my-images").info.class_counts == {"healthy": 4, "ill": 4}
    app.button(key="bring-open").click().run()
    assert app.session_state["dataset"] == "my-images"
    assert remembered_names.name_of(job, 5) is None  # they were shown once


def test_after_the_server_was_started_anew_the_report_has_places_only():
    staged = looked_at(folder(("mine/ill/Miller.png", b"no picture")))
    job = start_staged_import(staged, ImportOptions(name="mine"))
    assert control.wait(job, seconds=60) == "completed"
    remembered_names.forget(job)
    app = open_page("bring", **{"bring-at-import": job.name})
    assert list(app.dataframe[0].value["File"]) == ["file 5"]
    assert shows(app, "The names are no longer known.")
    delete_dataset("mine")
    app = open_page("bring", **{"bring-at-import": job.name})
    assert not app.exception
    assert app.button(key="bring-open").disabled
    app.button(key="bring-more").click().run()
    assert shows(app, "What do you have?") or app.button(key="bring-look")


def test_a_column_that_was_guessed_can_be_changed():
    rows = [(f"{n}.png", "ab"[n % 2], "xyz"[n % 3], f"p{n // 2}", str(40 + n)) for n in range(12)]
    app = open_at(looked_at(table(rows, "image,diagnosis,colour,patient_id,age")))
    assert [metric.value for metric in app.metric][:3] == ["12", "2", "6"]
    assert widget(app, "selectbox", "label").value == "diagnosis"
    assert "patient_id" not in widget(app, "multiselect", "keep").options
    widget(app, "selectbox", "label").set_value("colour").run()
    assert not app.exception
    assert [metric.value for metric in app.metric][:3] == ["12", "3", "6"]
    widget(app, "multiselect", "keep").set_value(["age"]).run()
    finish(app)
    info = open_dataset("my-images").info
    assert (info.class_names, info.attributes, info.n_patients) == (("x", "y", "z"), ("age",), 6)
    assert set(open_dataset("my-images").samples["age"]) == {"40-49", "50-59"}


def test_that_no_column_is_the_patient_can_be_said_and_taken_back():
    rows = [(f"{n}.png", "ab"[n % 2], f"p{n // 2}") for n in range(12)]
    app = open_at(looked_at(table(rows, "image,diagnosis,patient_id")))
    patients = widget(app, "selectbox", "patient")
    assert (patients.value, patients.options[0]) == ("patient_id", "none of them")
    patients.set_value(NO_COLUMN).run()
    assert not app.exception
    assert [metric.value for metric in app.metric][:3] == ["12", "2", "not known"]
    widget(app, "selectbox", "patient").set_value("patient_id").run()
    assert [metric.value for metric in app.metric][:3] == ["12", "2", "6"]
    widget(app, "selectbox", "patient").set_value(NO_COLUMN).run()
    finish(app)
    assert open_dataset("my-images").info.n_patients is None


def test_one_finding_is_chosen_against_the_rest():
    words = ("Mass", "Mass|Effusion", "No Finding", "Effusion")
    app = open_at(looked_at(table([(f"{n}.png", words[n % 4]) for n in range(12)], "image,Finding Labels")))
    assert app.button(key="bring-import").disabled
    assert len(app.warning) > 0
    chooser = widget(app, "selectbox", "finding")
    assert "Mass: 6 images, 3 with nothing else" in chooser.options
    chooser.set_value("Mass").run()
    assert shows(app, "The rest is not healthy")
    finish(app)
    assert open_dataset("my-images").info.class_counts == {"no Mass": 6, "Mass": 6}


def test_images_without_classes_are_labelled_afterwards():
    app = open_at(looked_at([(f"scan/{n}.png", png(n)) for n in range(5)]))
    assert shows(app, "The images lie in no class folders")
    assert app.button(key="bring-import").disabled
    widget(app, "radio", "classes").set_value("unlabelled").run()
    assert not app.button(key="bring-import").disabled
    finish(app)
    assert shows(app, "5 images came in, without classes.")
    assert open_dataset("my-images").info.class_counts == {UNLABELLED: 5}


@pytest.mark.slow
def test_what_gives_the_classes_is_not_kept_a_second_time():
    films = [
        (
            f"IM{n}",
            saved(make_dicom(np.full((8, 8), n, np.uint8), ViewPosition="AP PA".split()[n % 2], **SERIES)),
        )
        for n in range(4)
    ]
    app = open_at(looked_at(films, labels_from="header:view"))
    assert [metric.value for metric in app.metric][:2] == ["4", "2"]
    assert not [one for one in app.get("multiselect") if (one.key or "").startswith("bring-keep-")]


def test_which_of_several_tables_is_asked():
    rows = [(f"{n}.png", "ab"[n % 2]) for n in range(8)]
    files = [
        *table(rows, "image,label"),
        ("z.csv", b"image,kind\n" + b"\n".join(b"%d.png,c%d" % (n, n // 4) for n in range(8))),
    ]
    app = open_at(looked_at(files))
    assert shows(app, "There are several tables")
    widget(app, "selectbox", "table").set_value("z.csv").run()
    assert not app.exception
    assert not app.button(key="bring-import").disabled
    finish(app)
    assert open_dataset("my-images").info.class_counts == {"c0": 4, "c1": 4}


def test_a_name_in_the_picture_asks_for_an_answer():
    files = [(f"{label}/{n}.png", screen(f"MILLER {n} {label}")) for label in ("a", "b") for n in range(3)]
    app = open_at(looked_at(files))
    assert shows(app, "A name may be written in the pictures")
    assert app.button(key="bring-import").disabled
    widget(app, "radio", "text").set_value("looked").run()
    assert not app.button(key="bring-import").disabled
    widget(app, "radio", "text").set_value("cut").run()
    app.button(key="bring-show-cut").click().run()
    assert not app.exception
    assert not shows(app, "A name may be written in the pictures")  # the cut took it away
    finish(app)
    assert open_dataset("my-images").image(0).values.shape == (160, 160)


def test_a_pattern_tells_patients_and_a_wrong_one_is_one_sentence():
    app = open_at(looked_at(folder()), level="full")
    widget(app, "text_input", "pattern").set_value("(").run()
    assert [error.value for error in app.error] and shows(app, "is no regular expression")
    assert app.button(key="bring-import").disabled
    widget(app, "text_input", "pattern").set_value(r"(p\d)_").run()
    assert not app.error
    assert [metric.value for metric in app.metric][2] == "2"
    finish(app)
    assert open_dataset("my-images").info.n_patients == 2


def test_a_zip_that_is_none_leads_back_with_one_sentence():
    staged = stage_upload([("all.zip", b"PK\x03\x04 and no more")])
    start_inspection(staged, ImportOptions(name="new"))
    assert control.wait(staged, seconds=60) == "failed"
    app = open_at(staged)
    assert len(app.error) == 1
    assert app.button(key="bring-look").disabled
    assert not staged.exists()
    assert "staging" not in app.query_params


def test_what_another_tab_threw_away_is_said():
    staged = looked_at(folder())
    app = open_at(staged)
    open_at(staged).button(key="bring-start-over").click().run()
    app.run()
    assert shows(app, "perhaps in another tab")
    assert app.button(key="bring-look")
    app.run()
    assert not shows(app, "perhaps in another tab")


@pytest.fixture
def killed(monkeypatch):
    """An import whose process was killed after its first word: it says that it runs, and holds no lock."""
    staged = looked_at(folder())

    def start(job, *, module, kind):
        words = {"kind": kind, "created_at": now(), "launched_at": now(), "claimed_at": now()}
        write_status(job, JobStatus(state="running", **words))

    with monkeypatch.context() as patch:
        patch.setattr(worker, "start", start)
        return start_staged_import(staged, ImportOptions(name="mine"))


def test_an_interrupted_import_is_tried_again(killed):
    app = open_page("bring", **{"bring-at-import": killed.name})
    assert shows(app, "The import was interrupted")
    app.button(key="bring-retry").click().run()
    assert not app.exception
    assert not app.error
    assert control.wait(killed, seconds=60) == "completed"
    app.run()
    assert shows(app, "8 images of 2 classes came in.")


def test_an_interrupted_import_is_thrown_away(killed):
    app = open_page("bring", **{"bring-at-import": killed.name})
    app.button(key="bring-discard").click().run()
    assert not app.exception
    assert not killed.exists()
    assert app.button(key="bring-look")


def test_an_import_that_fails_says_why():
    staged = looked_at(folder())
    job = start_staged_import(staged, ImportOptions(name="mine", patient_pattern="nowhere"))
    assert control.wait(job, seconds=60) == "failed"
    app = open_page("bring", **{"bring-at-import": job.name})
    assert len(app.error) == 1
    assert shows(app, "Nothing was kept.")
    app.button(key="bring-start-over").click().run()
    assert app.button(key="bring-look")


def test_a_name_that_is_taken_is_one_red_sentence():
    app = open_at(looked_at(folder()))
    widget(app, "text_input", "name").set_value("phantoms").run()
    app.button(key="bring-import").click().run()
    assert len(app.error) == 1
    assert shows(app, "There is already a data set named 'phantoms'.")


def test_somebody_elses_names_are_no_markup():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for n in range(4):
            archive.writestr(f"{n}.png", png(n))
        rows = "\n".join(f'{n}.png,"{EVIL if n % 2 else "**b**"}"' for n in range(4))
        archive.writestr("t.csv", f'image,"{EVIL}"\n{rows}')
    app = open_at(looked_at([("all.zip", content.getvalue())]), level="full")
    assert [metric.value for metric in app.metric][:2] == ["4", "2"]
    raw = [str(one.value) for one in [*app.markdown, *app.caption, *app.warning, *app.info, *app.error]]
    raw += [str(one.label) for one in [*app.radio, *app.selectbox, *app.expander, *app.button]]
    assert not [text for text in raw if "![x](" in text or "<img src=x" in text or "**b**" in text]


@pytest.mark.parametrize("level", ["basic", "full"])
def test_every_text_of_the_steps_is_marked(level):
    from tests.test_pseudo_language import _unmarked

    rows = [(f"{n}.png", "ab"[n % 2], "xyz"[n % 3]) for n in range(12)]
    staged = looked_at(table(rows, "image,diagnosis,colour"))
    foreign = ("diagnosis", "colour", "image", "png", "my-images", "new", "mine", "labels", "csv", "phantoms")
    for _step in ("recognised", "report"):
        app = open_page("bring", language="pseudo", level=level, **_place(staged))
        assert not app.exception
        found = {text: _unmarked(_without(text, foreign)) for text in texts(app)}
        assert {text: words for text, words in found.items() if words} == {}
        if staged.exists():
            job = start_staged_import(staged, ImportOptions(name="mine"))
            assert control.wait(job, seconds=60) == "completed"


def _place(staged):
    if staged.exists():
        return {"bring-at-staging": token_of(staged)}
    return {"bring-at-import": next(jobs_dir().glob("import-*")).name}


def _without(text, words):
    for word in words:
        text = text.replace(word, " ")
    return text


def test_a_folder_of_the_server_is_offered_only_where_it_is_allowed(tmp_path, monkeypatch):
    assert "server" not in texts(open_page("bring"))
    assert not shows(open_page("bring"), "A folder of this server")
    for name, content in folder():
        path = tmp_path / "shared" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    monkeypatch.setenv("LIGHTBOX_IMPORT_FOLDERS", str(tmp_path / "shared"))
    app = open_page("bring", **{"bring-how": "server"})
    app.selectbox(key="bring-server").set_value(tmp_path / "shared" / "mine").run()
    app.button(key="bring-look").click().run()
    staged = next(jobs_dir().glob("staging-*"))
    assert control.wait(staged, seconds=60) == "completed"
    app.run()
    assert [metric.value for metric in app.metric][:2] == ["8", "2"]


@pytest.mark.slow
def test_phantoms_of_ones_own_are_made_in_the_background():
    app = open_page("bring", level="full", **{"bring-source": "simulated"})
    app.text_input(key="phantoms-name").set_value("few").run()
    app.number_input(key="phantoms-n_patients").set_value(10).run()
    app.button(key="phantoms-start").click().run()
    job = next(jobs_dir().glob("phantoms-few-*"))
    assert control.wait(job, seconds=120) == "completed"
    app.run()
    assert shows(app, "In your data sets as 'few'.")
    app.button(key="phantoms-open").click().run()
    assert app.session_state["dataset"] == "few"
    assert open_dataset("few").info.n_patients == 10


def test_the_sidebar_gives_nobody_the_token_of_another():
    staged = looked_at(folder())
    assert _name_of(control.view(staged)) == ""
    job = start_staged_import(staged, ImportOptions(name="mine"))
    control.wait(job, seconds=60)
    assert _name_of(control.view(job)) == "mine"
