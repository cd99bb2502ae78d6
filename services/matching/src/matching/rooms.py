"""The rooms of this service as its pages use them: what they read, and the use cases by which they write."""

from dataclasses import dataclass

from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.applicants import Applicants
from matching.applications.use_cases.application_changer import ApplicationChanger
from matching.applications.use_cases.hosts import Hosts
from matching.applications.use_cases.superseder import Superseder
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.invitations.use_cases import Invitations
from matching.model.terms import KnownTerms
from matching.nominations.repository import NominationsRepository
from matching.nominations.use_cases import Nominations
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placements import Placements
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.explanations import Explanations
from matching.recommendations.use_cases.first_steps import FirstStepsFinder
from matching.roles.repository import RolesRepository
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.partnerships import Partnerships
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from matching.rounds.use_cases.partners import Partners
from matching.seats.use_cases import SeatAllocator


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Repositories and use cases, each made once."""

    applicants: Applicants
    applications: ApplicationsRepository
    candidates: CandidatesRepository
    catalogue: CatalogueRepository
    entries: Entries
    explanations: Explanations
    first_steps: FirstStepsFinder
    hidden: HiddenListingsRepository
    hosts: Hosts
    invitations: Invitations
    changer: ApplicationChanger
    live_catalogue: LiveCatalogue
    match_days: MatchDays
    nominations: Nominations
    nominations_repository: NominationsRepository
    placements: Placements
    placements_repository: PlacementsRepository
    partners: Partners
    partnerships: Partnerships
    rankings: Rankings
    roles: RolesRepository
    rounds: Rounds
    seats: SeatAllocator
    superseder: Superseder
    terms: KnownTerms
