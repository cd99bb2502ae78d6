"""Deferred acceptance as compiled loops.

Lists of different lengths are stored as in a CSR matrix: list ``i`` is ``items[starts[i]:starts[i + 1]]``. A *choice* is a place
in the applicants' items, a *slot* is one in the hosts' items. Starts are int64, items int32; a negative item names nobody.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.machine_code import compiled

Ints = NDArray[Any]


@compiled
def slots_of(choice_starts: Ints, choices: Ints, slot_starts: Ints, ranking: Ints) -> tuple[Ints, int, int]:
    """The slot in which the host of each choice ranks the applicant, or -1 if it does not: int64[choices].

    Also returns a choice that repeats an earlier one of the same applicant, and a slot that repeats one of the same host, or -1
    if there is none. Takes time and space in proportion to both sides' lists.
    """
    applicants = len(choice_starts) - 1
    hosts = len(slot_starts) - 1
    # The hosts' lists inverted: the hosts that rank each applicant, in the hosts' order, with the slot.
    starts = np.zeros(applicants + 1, dtype=np.int64)
    for slot in range(len(ranking)):
        if ranking[slot] >= 0:
            starts[ranking[slot] + 1] += 1
    for applicant in range(applicants):
        starts[applicant + 1] += starts[applicant]
    filled = starts[:-1].copy()
    host_of = np.empty(starts[applicants], dtype=np.int32)
    slot_of = np.empty(starts[applicants], dtype=np.int64)
    for host in range(hosts):
        for slot in range(slot_starts[host], slot_starts[host + 1]):
            applicant = ranking[slot]
            if applicant >= 0:
                host_of[filled[applicant]] = host
                slot_of[filled[applicant]] = slot
                filled[applicant] += 1

    slots = np.full(len(choices), -1, dtype=np.int64)
    choice_of = np.full(hosts, -1, dtype=np.int64)  # belongs to an earlier applicant if less than this one's first
    for applicant in range(applicants):
        first = choice_starts[applicant]
        for choice in range(first, choice_starts[applicant + 1]):
            host = choices[choice]
            if host >= 0:
                if choice_of[host] >= first:
                    return slots, choice, -1
                choice_of[host] = choice
        for entry in range(starts[applicant], starts[applicant + 1]):
            host = host_of[entry]
            if entry > starts[applicant] and host_of[entry - 1] == host:
                return slots, -1, slot_of[entry]
            if choice_of[host] >= first:
                slots[choice_of[host]] = slot_of[entry]
    return slots, -1, -1


@compiled
def deferred_acceptance(
    choice_starts: Ints,
    choices: Ints,
    slots: Ints,
    slot_starts: Ints,
    ranking: Ints,
    seats: Ints,
    disciplines: Ints,
    cap_starts: Ints,
    cap_disciplines: Ints,
    cap_seats: Ints,
    cap_reserves: Ints,
    limit_of: Ints,
    limit_starts: Ints,
    limit_slots: Ints,
    limit_seats: Ints,
) -> Ints:
    """Each applicant's host, or -1: int32[applicants]. Applicants propose, one after the other (McVitie & Wilson 1971).

    No heap is needed. A full host only ever swaps somebody for an applicant whom it ranks higher, so the worst applicant that it
    holds only moves up its list. The same is true for the worst one of a discipline whose cap is reached. In total, finding them
    takes at most one pass over the list for the host and one for each of its caps. The hosts under a limit have one list of all
    their slots, ``limit_slots``, and the same is true for the worst applicant that they hold together: caps, seats and limits are
    nested, so a newcomer replaces the worst one of the smallest set that is full (Fleiner 2001).

    A reserve is filled first, by the best of its discipline so far, whose worst also only moves up. Whoever is displaced from it
    competes for the open seats of the same host like a newcomer. ``held`` marks the open seats, ``reserved`` the others.
    """
    applicants = len(choice_starts) - 1
    hosts = len(slot_starts) - 1
    host_of = np.full(applicants, -1, dtype=np.int32)
    next_choice = choice_starts[:-1].copy()
    held = np.zeros(len(ranking), dtype=np.bool_)
    taken = np.zeros(hosts, dtype=np.int64)
    worst = slot_starts[1:] - 1  # nobody held ranks below it
    cap_taken = np.zeros(len(cap_seats), dtype=np.int64)
    cap_worst = np.empty(len(cap_seats), dtype=np.int64)
    reserved = np.zeros(len(ranking) if cap_reserves.any() else 0, dtype=np.bool_)
    cap_reserved = np.zeros(len(cap_seats), dtype=np.int64)
    cap_worst_reserved = np.empty(len(cap_seats), dtype=np.int64)
    host_reserved = np.zeros(hosts, dtype=np.int64)
    worst_reserved = slot_starts[1:] - 1
    limit_taken = np.zeros(len(limit_seats), dtype=np.int64)
    limit_worst = limit_starts[1:] - 1
    limit_place = np.empty(len(ranking), dtype=np.int64)
    for place in range(len(limit_slots)):
        limit_place[limit_slots[place]] = place
    for host in range(hosts):
        cap_worst[cap_starts[host] : cap_starts[host + 1]] = worst[host]
        cap_worst_reserved[cap_starts[host] : cap_starts[host + 1]] = worst[host]

    for first in range(applicants):
        applicant = first
        while applicant >= 0:
            choice = next_choice[applicant]
            if choice == choice_starts[applicant + 1]:
                break  # stays without a seat
            next_choice[applicant] += 1
            slot = slots[choice]
            host = choices[choice]
            if slot < 0 or seats[host] == 0:
                continue
            cap = -1
            for other in range(cap_starts[host], cap_starts[host + 1]):
                if disciplines[applicant] >= 0 and disciplines[applicant] == cap_disciplines[other]:
                    cap = other

            loser = -1
            if cap >= 0 and cap_reserved[cap] < cap_reserves[cap]:
                if taken[host] < seats[host]:
                    taken[host] += 1
                elif host_reserved[host] < seats[host]:
                    while not held[worst[host]]:
                        worst[host] -= 1
                    held[worst[host]] = False
                    loser = ranking[worst[host]]
                    for other in range(cap_starts[host], cap_starts[host + 1]):
                        if disciplines[loser] == cap_disciplines[other]:
                            cap_taken[other] -= 1
                else:  # the reserves are larger than the seats
                    while not reserved[worst_reserved[host]]:
                        worst_reserved[host] -= 1
                    if slot > worst_reserved[host]:
                        continue
                    reserved[worst_reserved[host]] = False
                    host_reserved[host] -= 1
                    loser = ranking[worst_reserved[host]]
                    for other in range(cap_starts[host], cap_starts[host + 1]):
                        if disciplines[loser] == cap_disciplines[other]:
                            cap_taken[other] -= 1
                            cap_reserved[other] -= 1
                if loser >= 0:
                    host_of[loser] = -1
                reserved[slot] = True
                host_reserved[host] += 1
                cap_reserved[cap] += 1
                cap_taken[cap] += 1
                host_of[applicant] = host
                applicant = loser
                continue
            if cap >= 0 and cap_reserves[cap] > 0:
                while (
                    not reserved[cap_worst_reserved[cap]] or disciplines[ranking[cap_worst_reserved[cap]]] != cap_disciplines[cap]
                ):
                    cap_worst_reserved[cap] -= 1
                displaced = cap_worst_reserved[cap]
                if slot < displaced:
                    reserved[displaced], reserved[slot] = False, True
                    host_of[applicant] = host
                    applicant, slot = ranking[displaced], displaced
                    host_of[applicant] = -1

            if cap >= 0 and cap_taken[cap] >= cap_seats[cap]:
                if cap_taken[cap] == cap_reserved[cap]:
                    continue
                while not held[cap_worst[cap]] or disciplines[ranking[cap_worst[cap]]] != cap_disciplines[cap]:
                    cap_worst[cap] -= 1
                if slot > cap_worst[cap]:
                    continue
                held[cap_worst[cap]] = False
                loser = ranking[cap_worst[cap]]
            elif taken[host] < seats[host]:
                limit = limit_of[host]
                if limit >= 0 and limit_taken[limit] >= limit_seats[limit]:
                    if limit_seats[limit] == 0:
                        continue
                    while not held[limit_slots[limit_worst[limit]]]:
                        limit_worst[limit] -= 1
                    if limit_place[slot] > limit_worst[limit]:
                        continue
                    lost = limit_slots[limit_worst[limit]]
                    held[lost] = False
                    loser = ranking[lost]
                    loser_host = host_of[loser]
                    taken[loser_host] -= 1
                    for other in range(cap_starts[loser_host], cap_starts[loser_host + 1]):
                        if disciplines[loser] == cap_disciplines[other]:
                            cap_taken[other] -= 1
                elif limit >= 0:
                    limit_taken[limit] += 1
                taken[host] += 1
                if cap >= 0:
                    cap_taken[cap] += 1
            elif host_reserved[host] == seats[host]:
                continue
            else:
                while not held[worst[host]]:
                    worst[host] -= 1
                if slot > worst[host]:
                    continue
                held[worst[host]] = False
                loser = ranking[worst[host]]
                for other in range(cap_starts[host], cap_starts[host + 1]):
                    if disciplines[loser] == cap_disciplines[other]:
                        cap_taken[other] -= 1
                if cap >= 0:
                    cap_taken[cap] += 1

            held[slot] = True
            host_of[applicant] = host
            if loser >= 0:
                host_of[loser] = -1
            applicant = loser
    return host_of
