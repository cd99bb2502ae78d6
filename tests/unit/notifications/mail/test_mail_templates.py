"""What mails say: whole, to the right person, and whatever strangers wrote."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.mail.content import MailContent, Recommended, RenderedMail
from notifications.mail.samples import (
    CONDITIONS,
    DEADLINE,
    MEETING,
    MOVED_FROM,
    SOLAR,
    Sample,
    sample,
    samples,
)
from notifications.mail.templates import MOST_ROWS, SUBJECT, Templates
from notifications.mail_kinds import KINDS
from shared.wording.languages import LANGUAGES, Language
from support.worst_mails import HOSTILE, worst_samples

TEMPLATES = Templates()
USUAL = list(samples())
ALL = [*USUAL, *worst_samples()]
GERMAN = [sample for sample in USUAL if sample.reader.language == "de"]
BY_NAME = {sample.name: sample for sample in ALL}
OURS = re.compile(r"https://(desk|listings|meet)\.example\.org/")


def written(sample: Sample) -> RenderedMail:
    return TEMPLATES.write(sample.kind, sample.reader, sample.content)


@cache
def mail(name: str) -> RenderedMail:
    """One of ``ALL`` as a mail, which many tests read: to write it takes some milliseconds."""
    return written(BY_NAME[name])


class Html(HTMLParser):
    """What a mail's HTML is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        """Tag, name, value."""
        self.words: list[str] = []
        self._silent = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._silent = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words += data.split()

    @property
    def links(self) -> list[str]:
        return [value for _, name, value in self.attributes if name == "href"]


def test_the_html_has_a_form_that_mail_programs_read(subtests: pytest.Subtests) -> None:
    for one in ALL:
        with subtests.test(one.name):
            html = Html(mail(one.name).html)
            assert ("html", "lang", one.reader.language) in html.attributes
            assert html.tags["h1"] == html.tags["title"] == 1
            known = "html head meta title style body table tbody tr th td h1 h2 p a ul li span"
            assert set(html.tags) <= set(known.split()), "nothing that runs, or is loaded"
            assert {name for _, name, _ in html.attributes if name.startswith("on") or name in ("src", "background")} == set()
            layouts = [value for tag, name, value in html.attributes if (tag, name) == ("table", "role")]
            assert set(layouts) == {"presentation"}
            styles = "".join(value for _, name, value in html.attributes if name == "style")
            assert "background-color" in styles, "the style sheet is written into the elements"
            assert not re.search(r"url\(|display: ?none|visibility|opacity|font-size: ?0|color: ?transparent|\bpx-", styles), (
                "nothing is hidden"
            )
            assert len(mail(one.name).html) < 100_000, "Gmail cuts off what is longer"


def test_text_and_html_lead_to_the_same_places_which_are_ours(subtests: pytest.Subtests) -> None:
    for one in ALL:
        with subtests.test(one.name):
            rendered = mail(one.name)
            links = {link for link in Html(rendered.html).links if not link.startswith("mailto:")}
            assert links == set(re.findall(r"https?://\S+", rendered.text))
            assert all(OURS.match(link) for link in links)
            assert all(address in rendered.text for address in re.findall('mailto:(.*?)"', rendered.html))
            reader = one.reader
            assert links >= {link for link in (reader.preferences_url, reader.unsubscribe_url, reader.view_url) if link}


def test_text_and_html_say_the_same(subtests: pytest.Subtests) -> None:
    """But for the labels of links, and some marks."""
    for one in USUAL:
        with subtests.test(one.name):
            rendered = mail(one.name)
            told = {word.strip("“”„:.,-") for word in rendered.text.split() if not word.startswith("https://")}
            shown = {word.strip("“”„:.,-") for word in Html(rendered.html).words}
            assert told - shown <= {"", "NEW", "NEU"}


def test_the_subject_is_one_short_line_and_answers_nothing(subtests: pytest.Subtests) -> None:
    for one in ALL:
        with subtests.test(one.name):
            subject = mail(one.name).subject
            assert 5 < len(subject) <= SUBJECT
            assert subject.isprintable()
            assert not re.match(r"(?i)re:|fwd?:|aw:|wg:", subject)
            assert subject == " ".join(subject.split())
            assert not subject.endswith((":", ": ", ","))
            assert f"<title>{subject.split()[0]}" in mail(one.name).html


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_has_a_subject_of_its_own(language: Language) -> None:
    subjects = Counter(written(sample(kind, language)).subject for kind in KINDS)
    assert max(subjects.values()) == 1
    unknown = Counter(written(replace(sample(kind, language), content=MailContent())).subject for kind in KINDS)
    assert max(unknown.values()) == 1, "also where names are not known"


@pytest.mark.parametrize("kind", ["offer", "offer_reminder", "round_opened", "listing_closing"])
def test_a_deadline_is_in_the_subject_and_in_the_mail_in_the_readers_zone(kind: str) -> None:
    rendered = written(sample(kind, "en"))
    assert "12 July, 18:00 CEST" in rendered.subject
    assert "Friday 12 July 2024, 18:00 CEST" in rendered.text
    assert "12. Juli, 18:00 Uhr MESZ" in written(sample(kind, "de")).subject


def test_german_says_du_to_attendees_and_sie_to_hosts(subtests: pytest.Subtests) -> None:
    for one in GERMAN:
        with subtests.test(one.name):
            familiar = re.search(r"\b([Dd]u|[Dd]eine?[nmrs]?|dir|dich|euch)\b", mail(one.name).text)
            formal = re.search(r"\b(Sie|Ihre?[nmrs]?|Ihnen)\b", mail(one.name).text)
            assert bool(familiar) == (one.kind.role == "attendee")
            assert bool(formal) == (one.kind.role != "attendee")


def test_in_german_the_sentence_after_the_greeting_goes_on_small(subtests: pytest.Subtests) -> None:
    for one in GERMAN:
        with subtests.test(one.name):
            greeting, opening = mail(one.name).text.split("\n\n")[:2]
            assert greeting.endswith(",")
            assert opening[0].islower() or opening[0].isdigit() or opening.split()[0] in ("Ihr", "Ranglisten")


def test_what_strangers_wrote_stays_in_its_place(subtests: pytest.Subtests) -> None:
    for one in (one for one in ALL if "hostile" in one.title):
        with subtests.test(one.name):
            rendered = mail(one.name)
            for text in (rendered.subject, rendered.text, rendered.html):
                assert text.encode(), "half a character would not go over the wire"
                assert "\u202e" not in text
                assert "evil.example" not in text, "mail programs would make a link of it"
                assert "javascript:" not in text
            assert rendered.text.count("\n-- \n") == 1, "one signature, which is ours"
            assert not re.search(r"^(<|Bcc|Desk|log|--\S|www)", rendered.text, re.MULTILINE), "it begins no line"
            assert all(len(line) < 1100 for line in rendered.text.splitlines())
            assert "script" not in Html(rendered.html).tags


@given(st.text(max_size=200), st.text("<&\"'>{}%()- \r\n\t\u202e\u2028./:@s", max_size=60), st.sampled_from(LANGUAGES))
def test_whatever_the_words_are_the_mail_keeps_its_form(words: str, signs: str, language: Language) -> None:
    usual = sample("interview_host", language)
    named = replace(SOLAR, title=words, organization=signs, url="")
    meeting = replace(MEETING, place=words + signs, url="", ends=MEETING.starts + timedelta(minutes=5))
    rendered = written(replace(usual, content=MailContent(listing=named, person=signs + words, meeting=meeting)))
    plain = Html(written(replace(usual, content=replace(usual.content, meeting=replace(MEETING, url="")))).html)
    html = Html(rendered.html)
    assert html.tags["a"] == plain.tags["a"] - 1, "but for the listing's link"
    assert rendered.text.count("\n-- \n") == 1
    assert rendered.text.encode()
    ours = {line for line in written(usual).text.splitlines() if not line.startswith("  ")}
    assert {line for line in rendered.text.splitlines() if not line.startswith("  ")} <= ours, "strangers' words are indented"


def test_the_hostile_text_is_told_and_escaped() -> None:
    rendered = written(replace(sample("application_received", "en"), content=MailContent(listing=SOLAR, person=HOSTILE)))
    assert "from <script>alert(1)</script> Bcc: all@example. net" in rendered.text
    assert "from &lt;script&gt;alert(1)&lt;/script&gt; Bcc: all@example. net" in rendered.html


def test_a_percent_sign_or_a_brace_in_a_name_is_only_that() -> None:
    rendered = written(
        replace(sample("application_received", "de"), content=MailContent(listing=SOLAR, person="100 % %(name)s %s {{ 7 * 7 }}"))
    )
    assert "Bewerbung von 100 % %(name)s %s {{ 7 * 7 }} auf" in rendered.text
    assert "Bewerbung von 100 % %(name)s %s {{ 7 * 7 }} auf" in rendered.html


def test_the_badge_stands_on_what_is_new_where_something_is_not() -> None:
    usual = sample("matches", "en")
    assert written(usual).text.count("NEW: ") == written(usual).html.count(">new<") == 2
    all_new = replace(usual, content=MailContent(matches=tuple(replace(one, new=True) for one in usual.content.matches)))
    assert "NEW" not in written(all_new).text
    assert ">new<" not in written(all_new).html
    assert "Still among" not in written(all_new).text


def test_the_best_three_of_a_digest_are_told_whole_and_the_others_in_short() -> None:
    usual = sample("matches", "en")
    one = replace(usual.content.matches[0], conditions=CONDITIONS)
    many = replace(usual, content=MailContent(matches=(one,) * 5))
    for form in ("text", "html"):
        assert getattr(written(many), form).count("EUR a month") == 3


def test_reasons_differ_from_card_to_card_where_they_can() -> None:
    usual = sample("matches", "en")
    first = usual.content.matches[0]
    [lead, *others] = first.match.reasons
    second = replace(first, match=first.match.model_copy(update={"reasons": [lead, *others[2:], others[1]]}))
    same = replace(usual, content=MailContent(matches=(first, first)))
    assert written(same).text.count("You attended “Arrays for astronomers”") == 2, "the strongest one rather than none"
    assert written(same).text.count("You met one of its mentors") == 1
    differing = written(replace(usual, content=MailContent(matches=(first, second)))).text
    assert differing.count("You met one of its mentors") == 1


def test_a_digest_counts_what_is_new() -> None:
    matches = sample("matches", "en").content.matches
    opening = {
        (1, 0): "An internship matches you:",
        (2, 0): "2 internships match you:",
        (1, 2): "1 of your 3 best matches is new:",
        (2, 1): "2 of your 3 best matches are new:",
    }
    for (new, known), told in opening.items():
        shown = tuple(Recommended(one.match, n < new, one.url) for n, one in enumerate(matches[: new + known]))
        rendered = written(replace(sample("matches", "en"), content=MailContent(matches=shown)))
        assert told in rendered.text
        more = f"{new} internships for you: Solar flares in twenty years of images and {new - 1} more"
        assert rendered.subject == ("An internship for you: Solar flares in twenty years of images" if new == 1 else more)


def test_long_lists_are_cut_and_say_how_much_is_missing() -> None:
    result, summary = sample("round_result", "en"), sample("host_summary", "de")
    many = replace(result, content=replace(result.content, choices=result.content.choices * 20))
    assert "20. Comet tails" in written(many).text
    assert "21. " not in written(many).text
    assert f"and {60 - MOST_ROWS} more" in written(many).text
    assert f"and {60 - MOST_ROWS} more" in written(many).html
    one_more = replace(summary, content=replace(summary.content, week=summary.content.week[:1] * (MOST_ROWS + 1)))
    assert "und 1 weiteres" in written(one_more).text
    assert f"{5 * (MOST_ROWS + 1)} Bewerbungen" in written(one_more).subject, "counted all the same"
    ended = sample("applications_superseded", "en")
    ended = replace(ended, content=replace(ended.content, listings=ended.content.listings[:1] * (MOST_ROWS + 5)))
    assert "\n\nand 5 more\n\nThese organizations" in written(ended).text, "a paragraph of its own"


def test_an_address_that_is_not_of_the_web_is_left_out_with_its_button() -> None:
    usual = sample("interview", "en")
    assert "Join the meeting" in written(usual).html
    for url in ("javascript:alert(1)", "", "https://evil.example/\r\nx"):
        rendered = written(replace(usual, content=replace(usual.content, meeting=replace(MEETING, url=url))))
        assert "Join the meeting" not in rendered.html + rendered.text


@pytest.mark.parametrize("kind", ["interview", "interview_host"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_interview_that_moved_says_so_with_the_date_of_before(kind: str, language: Language) -> None:
    first = sample(kind, language)
    moved = replace(first, content=replace(first.content, moved_from=MOVED_FROM))
    elsewhere = replace(first, content=replace(first.content, moved_from=replace(MEETING, place="Room 1")))
    subjects = [written(one).subject for one in (first, moved, elsewhere)]
    words = [("moved to", "changed"), ("verlegt auf", "geändert")][language == "de"]
    assert [[word in subject for word in words] for subject in subjects] == [[False, False], [True, False], [False, True]]
    days = [("4 July 2024", "3 July 2024"), ("4. Juli 2024", "3. Juli 2024")][language == "de"]
    for form in ("text", "html"):
        assert [day in getattr(written(moved), form) for day in days] == [True, True]
        assert [day in getattr(written(first), form) for day in days] == [True, False]
        assert "Room 1" in getattr(written(elsewhere), form)


def test_a_date_before_midnight_here_may_be_after_it_there() -> None:
    usual = sample("offer", "en")
    late = replace(usual, content=replace(usual.content, deadline=DEADLINE.replace(hour=22, minute=30)))
    assert "13 July, 00:30 CEST" in written(late).subject


def test_the_same_mail_is_written_the_same() -> None:
    for one in USUAL[:5]:
        assert written(one) == Templates().write(one.kind, one.reader, one.content)


def test_those_who_are_introduced_get_each_others_address() -> None:
    for kind in ("mentor_introduction", "mentee_introduction"):
        usual = sample(kind, "en")
        rendered = written(usual)
        assert f"  E-mail: {usual.content.person_email}\n" in rendered.text
        assert f'<a href="mailto:{usual.content.person_email}"' in rendered.html
        for address in ("", "a@b?bcc=all@example.net", "a b@example.org", "<a>@example.org", "a@b@c"):
            without = written(replace(usual, content=replace(usual.content, person_email=address)))
            assert "E-mail" not in without.text + without.html


def test_a_calendar_entry_has_a_title_and_no_personal_links(subtests: pytest.Subtests) -> None:
    for one in (one for one in ALL if one.kind.calendar):
        with subtests.test(one.name):
            rendered = mail(one.name)
            title, text = TEMPLATES.entry(one.kind, one.reader, one.content)
            assert title.isprintable()
            assert re.match(r"Interview|Internship|Gespräch|Bewerbungsgespräch|Praktikum", title)
            assert rendered.text.startswith(text)
            assert one.reader.preferences_url in rendered.text
            assert "https://desk.example.org/" not in text
            assert one.content.listing is None or title.endswith(rendered.text.partition("\n  ")[2].partition("\n")[0])
