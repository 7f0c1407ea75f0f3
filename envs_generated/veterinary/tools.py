"""Tools of the veterinary domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Clock, Owner, Pet, Vaccination, Vaccine, Vet, Visit

CancelReason = Literal["pet_recovered", "owner_unavailable", "went_elsewhere", "clinic_request"]
ProtectsAgainst = Literal[
    "rabies",
    "tetanus",
    "parvovirus",
    "leptospirosis",
    "respiratory_infection",
    "hemorrhagic_disease",
]
Reason = Literal["checkup", "injury", "skin_problem", "dental_cleaning", "stomach_upset", "surgery", "follow_up"]
Sex = Literal["female", "male"]
Specialty = Literal["general_practice", "surgery", "dentistry", "dermatology", "exotic_animals", "cardiology"]
Species = Literal["dog", "cat", "rabbit"]
Status = Literal["active", "moved_away", "deceased"]
VetStatus = Literal["active", "on_leave"]
VisitStatus = Literal["scheduled", "checked_in", "completed", "cancelled", "missed"]


@write
def cancel_visit(session: Session, visit_id: str, cancel_reason: CancelReason) -> Visit:
    """Cancel a visit."""
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise ToolError(f"visit {visit_id!r} not found")
    if visit.status != "scheduled":
        raise ToolError(f"visit {visit_id!r} is {visit.status!r}; it must be 'scheduled'")
    visit.cancel_reason = cancel_reason
    visit.status = "cancelled"
    session.add(visit)
    return visit


@write
def check_in_visit(session: Session, visit_id: str) -> Visit:
    """Check in a pet that has arrived for its visit."""
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise ToolError(f"visit {visit_id!r} not found")
    if visit.status != "scheduled":
        raise ToolError(f"visit {visit_id!r} is {visit.status!r}; it must be 'scheduled'")
    visit.status = "checked_in"
    session.add(visit)
    return visit


@write
def complete_visit(session: Session, visit_id: str, diagnosis: str) -> Visit:
    """Complete a visit and note what was found."""
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise ToolError(f"visit {visit_id!r} not found")
    if visit.status != "checked_in":
        raise ToolError(f"visit {visit_id!r} is {visit.status!r}; it must be 'checked_in'")
    visit.diagnosis = diagnosis
    visit.status = "completed"
    session.add(visit)
    return visit


@read
def find_owner_by_email(session: Session, email: str) -> Owner:
    """Find the owner with an email address."""
    query = select(Owner).where(Owner.email == email).order_by(Owner.owner_id)
    owner = session.exec(query).first()
    if owner is None:
        raise ToolError(f"no owner matches email {email!r}")
    return owner


@read
def get_pet_details(session: Session, pet_id: str) -> Pet:
    """Get a pet with its coat, weight, allergies and owner."""
    pet = session.get(Pet, pet_id)
    if pet is None:
        raise ToolError(f"pet {pet_id!r} not found")
    return pet


@read
def list_pets(
    session: Session,
    owner_id: str | None = None,
    species: Species | None = None,
    name: str | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[Pet]:
    """List pets, optionally only those of one owner, of one species or with one status."""
    query = select(Pet).order_by(Pet.pet_id)
    if owner_id is not None:
        query = query.where(Pet.owner_id == owner_id)
    if species is not None:
        query = query.where(Pet.species == species)
    if name is not None:
        query = query.where(Pet.name.icontains(name, autoescape=True))
    if status is not None:
        query = query.where(Pet.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_vaccinations(
    session: Session,
    pet_id: str | None = None,
    vaccine_id: str | None = None,
    valid_until_before: str | None = None,
    limit: int = 25,
) -> list[Vaccination]:
    """List vaccinations, optionally only those of one pet, with one vaccine or that run out by a day."""
    query = select(Vaccination).order_by(Vaccination.vaccination_id)
    if pet_id is not None:
        query = query.where(Vaccination.pet_id == pet_id)
    if vaccine_id is not None:
        query = query.where(Vaccination.vaccine_id == vaccine_id)
    if valid_until_before is not None:
        query = query.where(Vaccination.valid_until <= valid_until_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_visits(
    session: Session,
    pet_id: str | None = None,
    vet_id: str | None = None,
    status: VisitStatus | None = None,
    visit_after: str | None = None,
    visit_before: str | None = None,
    limit: int = 25,
) -> list[Visit]:
    """List visits, optionally only those of one pet, with one veterinarian, with one status or in a period."""
    query = select(Visit).order_by(Visit.visit_id)
    if pet_id is not None:
        query = query.where(Visit.pet_id == pet_id)
    if vet_id is not None:
        query = query.where(Visit.vet_id == vet_id)
    if status is not None:
        query = query.where(Visit.status == status)
    if visit_after is not None:
        query = query.where(Visit.visit_date >= visit_after)
    if visit_before is not None:
        query = query.where(Visit.visit_date <= visit_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def note_pet_allergy(session: Session, pet_id: str, allergy: str) -> Pet:
    """Add an entry to the list of things a pet is allergic to."""
    pet = session.get(Pet, pet_id)
    if pet is None:
        raise ToolError(f"pet {pet_id!r} not found")
    pet.allergies = (pet.allergies or []) + [allergy]
    session.add(pet)
    return pet


@write
def record_pet_weight(session: Session, pet_id: str, weight_kg: float) -> Pet:
    """Record the weight of a pet."""
    pet = session.get(Pet, pet_id)
    if pet is None:
        raise ToolError(f"pet {pet_id!r} not found")
    pet.weight_kg = weight_kg
    session.add(pet)
    return pet


@write
def record_vaccination(session: Session, pet_id: str, vaccine_id: str, vet_id: str, valid_until: str) -> Vaccination:
    """Record that a pet was given a dose of a vaccine."""
    pet = session.get(Pet, pet_id)
    if pet is None:
        raise ToolError(f"pet {pet_id!r} not found")
    if pet.status != "active":
        raise ToolError(f"pet {pet_id!r} is {pet.status!r}; it must be 'active'")
    vaccine = session.get(Vaccine, vaccine_id)
    if vaccine is None:
        raise ToolError(f"vaccine {vaccine_id!r} not found")
    if vaccine.doses_available < 1:
        raise ToolError(f"vaccine {vaccine_id!r}: doses available is {vaccine.doses_available!r}, {1!r} needed")
    if session.get(Vet, vet_id) is None:
        raise ToolError(f"vet {vet_id!r} not found")
    vaccine.doses_available -= 1
    session.add(vaccine)
    vaccination = Vaccination(
        vaccination_id=new_id(session, Vaccination),
        pet_id=pet_id,
        vaccine_id=vaccine_id,
        vet_id=vet_id,
        valid_until=valid_until,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(vaccination)
    return vaccination


@write
def register_pet(
    session: Session,
    owner_id: str,
    name: str,
    species: Species,
    coat: str,
    sex: Sex,
    age_years: int,
    weight_kg: float,
    microchipped: bool = False,
) -> Pet:
    """Register a pet with the clinic."""
    if session.get(Owner, owner_id) is None:
        raise ToolError(f"owner {owner_id!r} not found")
    pet = Pet(
        pet_id=new_id(session, Pet),
        owner_id=owner_id,
        name=name,
        species=species,
        coat=coat,
        sex=sex,
        age_years=age_years,
        weight_kg=weight_kg,
        microchipped=microchipped,
        status="active",
    )
    session.add(pet)
    return pet


@write
def remove_pet_allergy(session: Session, pet_id: str, allergy: str) -> Pet:
    """Take an entry off the list of things a pet is allergic to."""
    pet = session.get(Pet, pet_id)
    if pet is None:
        raise ToolError(f"pet {pet_id!r} not found")
    pet.allergies = [entry for entry in pet.allergies or [] if entry != allergy]
    session.add(pet)
    return pet


@write
def reschedule_visit(session: Session, visit_id: str, visit_date: str, visit_time: str) -> Visit:
    """Move a visit to another day and time."""
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise ToolError(f"visit {visit_id!r} not found")
    if visit.status != "scheduled":
        raise ToolError(f"visit {visit_id!r} is {visit.status!r}; it must be 'scheduled'")
    visit.visit_date = visit_date
    visit.visit_time = visit_time
    session.add(visit)
    return visit


@write
def schedule_visit(
    session: Session,
    pet_id: str,
    vet_id: str,
    visit_date: str,
    visit_time: str,
    reason: Reason,
) -> Visit:
    """Schedule a visit of a pet to a veterinarian."""
    pet = session.get(Pet, pet_id)
    if pet is None:
        raise ToolError(f"pet {pet_id!r} not found")
    if pet.status != "active":
        raise ToolError(f"pet {pet_id!r} is {pet.status!r}; it must be 'active'")
    vet = session.get(Vet, vet_id)
    if vet is None:
        raise ToolError(f"vet {vet_id!r} not found")
    if vet.status != "active":
        raise ToolError(f"vet {vet_id!r} is {vet.status!r}; it must be 'active'")
    visit = Visit(
        visit_id=new_id(session, Visit),
        pet_id=pet_id,
        vet_id=vet_id,
        visit_date=visit_date,
        visit_time=visit_time,
        reason=reason,
        fee=vet.fee,
        status="scheduled",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(visit)
    return visit


@read
def search_vaccines(
    session: Session,
    query_: str | None = None,
    protects_against: ProtectsAgainst | None = None,
    species: Species | None = None,
    min_doses_available: int | None = None,
    limit: int = 25,
) -> list[Vaccine]:
    """Search the vaccines the clinic keeps by name, disease, species and doses that are left."""
    query = select(Vaccine).order_by(Vaccine.vaccine_id)
    if query_ is not None:
        query = query.where(Vaccine.name.icontains(query_, autoescape=True))
    if protects_against is not None:
        query = query.where(Vaccine.protects_against == protects_against)
    if species is not None:
        query = query.where(Vaccine.species == species)
    if min_doses_available is not None:
        query = query.where(Vaccine.doses_available >= min_doses_available)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_vets(
    session: Session,
    specialty: Specialty | None = None,
    max_fee: float | None = None,
    weekend_duty: bool | None = None,
    status: VetStatus | None = None,
    limit: int = 25,
) -> list[Vet]:
    """Search veterinarians by specialty, fee, weekend duty and status."""
    query = select(Vet).order_by(Vet.vet_id)
    if specialty is not None:
        query = query.where(Vet.specialty == specialty)
    if max_fee is not None:
        query = query.where(Vet.fee <= max_fee)
    if weekend_duty is not None:
        query = query.where(Vet.weekend_duty == weekend_duty)
    if status is not None:
        query = query.where(Vet.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def update_owner_contact(session: Session, owner_id: str, email: str | None = None, phone: str | None = None) -> Owner:
    """Change the email address or the phone number of an owner."""
    owner = session.get(Owner, owner_id)
    if owner is None:
        raise ToolError(f"owner {owner_id!r} not found")
    if email is None and phone is None:
        raise ToolError("nothing to change; give email or phone")
    if email is not None:
        owner.email = email
    if phone is not None:
        owner.phone = phone
    session.add(owner)
    return owner
