"""The records of races against a judge that remembers every access."""

from __future__ import annotations

import numpy as np

from fastnn.testing.ptx.races import EPOCH, WARP_EPOCH, Words, block_and_thread, codes

WORDS, BLOCKS, THREADS = 8, 2, 70  # a block has two warps and a part of a third one


class Judge:
    """Every access so far, with the thread's position between barriers when it was made."""

    def __init__(self):
        self.accesses: list[tuple] = []

    def conflict(self, word, kind, block, thread, epoch, warp_epoch):
        now = (word, kind, block, thread, epoch, warp_epoch)
        return any(self._race(before, now) for before in self.accesses)

    @staticmethod
    def _race(before, now):
        word, kind, block, thread, epoch, warp_epoch = before
        if word != now[0] or (block, thread) == now[2:4] or {kind, now[1]} in ({"read"}, {"atomic"}):
            return False
        if block != now[2]:
            return True
        if epoch != now[4]:
            return False
        return thread // 32 != now[3] // 32 or warp_epoch == now[5]


def play(random):
    """Random instructions until the first race; whether the records and the judge agree about it."""
    thread, block = np.tile(np.arange(THREADS), BLOCKS), np.repeat(np.arange(BLOCKS), THREADS)
    code = codes(block, thread)
    words, judge = Words(WORDS), Judge()
    calm = random.random() < 0.7  # mostly one thread at a time, so that races come late
    for _ in range(random.integers(2, 20)):
        epoch, warp_epoch = code >> EPOCH & 1023, code >> WARP_EPOCH & 255
        what = random.choice(["read", "write", "atomic", "block", "warp", "grid"], p=[0.3, 0.15, 0.1, 0.2, 0.1, 0.15])
        if what == "grid":
            words.clear(None)
            judge.accesses.clear()
            code = (code & ~np.int64(255 << WARP_EPOCH)) + (1 << EPOCH)
            continue
        if what == "block":
            passed = block == random.integers(BLOCKS)
            code = np.where(passed, (code & ~np.int64(255 << WARP_EPOCH)) + (1 << EPOCH), code)
            continue
        if what == "warp":
            one = random.integers(code.size)
            code = code + (((block == block[one]) & (thread // 32 == thread[one] // 32)).astype("i8") << WARP_EPOCH)
            continue
        count = 1 if calm and what != "read" else int(random.choice([1, 2, 40]))
        lanes = np.sort(random.choice(code.size, count, replace=False))
        if random.random() < 0.6:  # of one warp
            lanes = lanes[(block[lanes] == block[lanes[0]]) & (thread[lanes] // 32 == thread[lanes[0]] // 32)]
        at = random.integers(0, WORDS, lanes.size)
        if random.random() < 0.5:
            at[:] = at[0]
        if what == "read":
            hazard = words.read(at, code[lanes], remember=True)
        else:
            hazard = (words.write if what == "write" else words.atomic)(at, code[lanes], 0)
        race = False
        for lane, word in zip(lanes.tolist(), at.tolist(), strict=True):
            position = (word, what, block[lane], thread[lane], epoch[lane], warp_epoch[lane])
            race = race or judge.conflict(*position)
            judge.accesses.append(position)
        assert (hazard is not None) == race
        if race:
            return True
    return False


def test_every_race_is_seen_and_no_other():
    random = np.random.default_rng(0)
    races = [play(random) for _ in range(600)]
    assert 200 < sum(races) < 590


def test_codes_can_be_read_back():
    block, thread = np.array([0, 5, (1 << 20) - 1]), np.array([0, 1023, 63])
    passed = codes(block, thread) + (77 << EPOCH) + (9 << WARP_EPOCH)
    assert [block_and_thread(int(code)) for code in passed[:2]] == [(0, 0), (5, 1023)]
