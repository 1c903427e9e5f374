"""Everything that looks every so often, wired together."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial

from config.clock import Monotonic, Now
from config.settings import Settings
from purchasing.periodic import blindness, compaction, day_summary, nudges, reminders
from purchasing.periodic.blindness import BlindnessWatch
from purchasing.periodic.compaction import Compaction, PlaceKeeper
from purchasing.periodic.day_summary import DaySummary
from purchasing.periodic.looking import keep_looking
from purchasing.periodic.nudges import Nudges
from purchasing.periodic.reminders import Reminders
from purchasing.storage.unit_of_work import Storage


def build_periodic(
    settings: Settings,
    *,
    storage: Storage,
    readers: Sequence[PlaceKeeper],
    questions: Collection[str],
    now: Now,
    monotonic: Monotonic,
) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """The tasks by name: a question is asked once more, and a day summed up, only where a time is set for it.

    What the `readers` of the journal have not read yet is not compacted; `questions` are the commands that only ask.
    """
    longest, after, ends = settings.monitor.every_max, settings.purchasing.ask_nudge, settings.telegram.summary_at
    watch = BlindnessWatch(storage=storage, longest_interval=longest, now=now, monotonic=monotonic)
    reminder = Reminders(storage=storage, now=now)
    keep = settings.monitor.keep
    compacting = Compaction(
        storage=storage, keep=keep, readers=readers, questions=questions, now=now, monotonic=monotonic
    )
    tasks = {
        "blindness": partial(keep_looking, watch.look, every=blindness.ROUND),
        "reminders": partial(keep_looking, reminder.look, every=reminders.ROUND),
        "compaction": partial(keep_looking, compacting.look, every=compaction.ROUND),
    }
    if after is not None:
        tasks["nudges"] = partial(keep_looking, Nudges(storage=storage, after=after, now=now).look, every=nudges.ROUND)
    if ends is not None:
        summary = DaySummary(storage=storage, ends=ends, zone=settings.timezone, now=now)
        tasks["day summary"] = partial(keep_looking, summary.look, every=day_summary.ROUND)
    return tasks
