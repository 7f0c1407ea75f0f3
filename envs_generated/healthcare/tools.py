"""Tools of the healthcare domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Allergy, Appointment, Clock, Doctor, Patient, Prescription, Refill

CancelReason = Literal["feeling_better", "schedule_conflict", "transport_problem", "cost", "other"]
DoctorStatus = Literal["active", "on_leave", "retired"]
InsuranceProvider = Literal["Evergreen Health", "Union Care", "Summit Mutual", "Harbor Life", "none"]
Language = Literal["spanish", "mandarin", "french", "hindi", "arabic"]
Pharmacy = Literal[
    "Corner Drug",
    "Greenleaf Pharmacy",
    "Main Street Pharmacy",
    "Wellspring Pharmacy",
    "Parkway Chemists",
]
PrescriptionStatus = Literal["active", "expired", "cancelled"]
Reaction = Literal["rash", "swelling", "hives", "nausea", "anaphylaxis"]
RefillStatus = Literal["requested", "ready", "picked_up", "cancelled"]
Severity = Literal["mild", "moderate", "severe"]
Specialty = Literal[
    "family_medicine",
    "pediatrics",
    "cardiology",
    "dermatology",
    "orthopedics",
    "neurology",
    "ophthalmology",
]
Status = Literal["scheduled", "checked_in", "completed", "cancelled"]
VisitType = Literal["in_person", "video", "phone"]


@write
def add_allergy(session: Session, patient_id: str, substance: str, reaction: Reaction, severity: Severity) -> Allergy:
    """Add an allergy to a patient's record."""
    if session.get(Patient, patient_id) is None:
        raise ToolError(f"patient {patient_id!r} not found")
    allergy = Allergy(
        allergy_id=new_id(session, Allergy),
        patient_id=patient_id,
        substance=substance,
        reaction=reaction,
        severity=severity,
    )
    session.add(allergy)
    return allergy


@write
def assign_primary_doctor(session: Session, patient_id: str, primary_doctor_id: str) -> Patient:
    """Assign the doctor a patient usually sees."""
    patient = session.get(Patient, patient_id)
    if patient is None:
        raise ToolError(f"patient {patient_id!r} not found")
    primary_doctor = session.get(Doctor, primary_doctor_id)
    if primary_doctor is None:
        raise ToolError(f"doctor {primary_doctor_id!r} not found")
    if primary_doctor.status != "active":
        raise ToolError(f"doctor {primary_doctor_id!r} is {primary_doctor.status!r}; it must be 'active'")
    patient.primary_doctor_id = primary_doctor_id
    session.add(patient)
    return patient


@write
def cancel_appointment(session: Session, appointment_id: str, reason: CancelReason) -> Appointment:
    """Cancel an appointment."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None:
        raise ToolError(f"appointment {appointment_id!r} not found")
    if appointment.status != "scheduled":
        raise ToolError(f"appointment {appointment_id!r} is {appointment.status!r}; it must be 'scheduled'")
    appointment.cancel_reason = reason
    appointment.status = "cancelled"
    session.add(appointment)
    return appointment


@write
def cancel_refill(session: Session, refill_id: str) -> Refill:
    """Cancel a refill."""
    refill = session.get(Refill, refill_id)
    if refill is None:
        raise ToolError(f"refill {refill_id!r} not found")
    if refill.status != "requested":
        raise ToolError(f"refill {refill_id!r} is {refill.status!r}; it must be 'requested'")
    refill.status = "cancelled"
    prescription = session.get_one(Prescription, refill.prescription_id)
    prescription.refills_available += 1
    session.add(prescription)
    session.add(refill)
    return refill


@write
def check_in_appointment(session: Session, appointment_id: str) -> Appointment:
    """Check in a patient who has arrived for an appointment."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None:
        raise ToolError(f"appointment {appointment_id!r} not found")
    if appointment.status != "scheduled":
        raise ToolError(f"appointment {appointment_id!r} is {appointment.status!r}; it must be 'scheduled'")
    appointment.status = "checked_in"
    session.add(appointment)
    return appointment


@read
def count_appointments(
    session: Session,
    doctor_id: str,
    appointment_date: str | None = None,
    status: Status | None = None,
) -> int:
    """Count the appointments of a doctor, optionally only those on one day or with one status."""
    if session.get(Doctor, doctor_id) is None:
        raise ToolError(f"doctor {doctor_id!r} not found")
    query = select(Appointment).where(Appointment.doctor_id == doctor_id)
    if appointment_date is not None:
        query = query.where(Appointment.appointment_date == appointment_date)
    if status is not None:
        query = query.where(Appointment.status == status)
    return len(session.exec(query).all())


@read
def find_patient_by_email(session: Session, email: str) -> Patient:
    """Find the patient with an email address."""
    query = select(Patient).where(Patient.email == email).order_by(Patient.patient_id)
    patient = session.exec(query).first()
    if patient is None:
        raise ToolError(f"no patient matches email {email!r}")
    return patient


@read
def get_appointment_details(session: Session, appointment_id: str) -> Appointment:
    """Get an appointment with its doctor, time and status."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None:
        raise ToolError(f"appointment {appointment_id!r} not found")
    return appointment


@read
def get_doctor_details(session: Session, doctor_id: str) -> Doctor:
    """Get a doctor's name, specialty, clinic and fee."""
    doctor = session.get(Doctor, doctor_id)
    if doctor is None:
        raise ToolError(f"doctor {doctor_id!r} not found")
    return doctor


@read
def get_patient_details(session: Session, patient_id: str) -> Patient:
    """Get a patient's name, contact details, insurance and primary doctor."""
    patient = session.get(Patient, patient_id)
    if patient is None:
        raise ToolError(f"patient {patient_id!r} not found")
    return patient


@read
def get_prescription_details(session: Session, prescription_id: str) -> Prescription:
    """Get a prescription with its medication, instructions and refills available."""
    prescription = session.get(Prescription, prescription_id)
    if prescription is None:
        raise ToolError(f"prescription {prescription_id!r} not found")
    return prescription


@read
def list_allergies(
    session: Session,
    patient_id: str | None = None,
    severity: Severity | None = None,
    limit: int = 20,
) -> list[Allergy]:
    """List allergies, optionally only those of one patient or of one severity."""
    query = select(Allergy).order_by(Allergy.allergy_id)
    if patient_id is not None:
        query = query.where(Allergy.patient_id == patient_id)
    if severity is not None:
        query = query.where(Allergy.severity == severity)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_appointments(
    session: Session,
    patient_id: str | None = None,
    doctor_id: str | None = None,
    status: Status | None = None,
    appointment_after: str | None = None,
    appointment_before: str | None = None,
    limit: int = 20,
) -> list[Appointment]:
    """List appointments, optionally only those of one patient, with one doctor, with one status or in a period."""
    query = select(Appointment).order_by(Appointment.appointment_id)
    if patient_id is not None:
        query = query.where(Appointment.patient_id == patient_id)
    if doctor_id is not None:
        query = query.where(Appointment.doctor_id == doctor_id)
    if status is not None:
        query = query.where(Appointment.status == status)
    if appointment_after is not None:
        query = query.where(Appointment.appointment_date >= appointment_after)
    if appointment_before is not None:
        query = query.where(Appointment.appointment_date <= appointment_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_prescriptions(
    session: Session,
    patient_id: str | None = None,
    doctor_id: str | None = None,
    status: PrescriptionStatus | None = None,
    limit: int = 20,
) -> list[Prescription]:
    """List prescriptions, optionally only those of one patient, from one doctor or with one status."""
    query = select(Prescription).order_by(Prescription.prescription_id)
    if patient_id is not None:
        query = query.where(Prescription.patient_id == patient_id)
    if doctor_id is not None:
        query = query.where(Prescription.doctor_id == doctor_id)
    if status is not None:
        query = query.where(Prescription.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_refills(
    session: Session,
    prescription_id: str | None = None,
    status: RefillStatus | None = None,
    limit: int = 20,
) -> list[Refill]:
    """List refills, optionally only those of one prescription or with one status."""
    query = select(Refill).order_by(Refill.refill_id)
    if prescription_id is not None:
        query = query.where(Refill.prescription_id == prescription_id)
    if status is not None:
        query = query.where(Refill.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def register_patient(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    date_of_birth: str,
    insurance_provider: InsuranceProvider,
) -> Patient:
    """Register a new patient."""
    patient = Patient(
        patient_id=new_id(session, Patient),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        date_of_birth=date_of_birth,
        insurance_provider=insurance_provider,
    )
    session.add(patient)
    return patient


@write
def remove_allergy(session: Session, allergy_id: str) -> Allergy:
    """Remove an allergy from a patient's record."""
    allergy = session.get(Allergy, allergy_id)
    if allergy is None:
        raise ToolError(f"allergy {allergy_id!r} not found")
    session.delete(allergy)
    return allergy


@write
def request_refill(session: Session, prescription_id: str, pharmacy: Pharmacy) -> Refill:
    """Request a refill of a prescription."""
    prescription = session.get(Prescription, prescription_id)
    if prescription is None:
        raise ToolError(f"prescription {prescription_id!r} not found")
    if prescription.status != "active":
        raise ToolError(f"prescription {prescription_id!r} is {prescription.status!r}; it must be 'active'")
    if prescription.refills_available < 1:
        raise ToolError(
            f"prescription {prescription_id!r}: refills available is {prescription.refills_available!r}, {1!r} needed"
        )
    prescription.refills_available -= 1
    session.add(prescription)
    refill = Refill(
        refill_id=new_id(session, Refill),
        prescription_id=prescription_id,
        pharmacy=pharmacy,
        status="requested",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(refill)
    return refill


@write
def reschedule_appointment(
    session: Session,
    appointment_id: str,
    appointment_date: str,
    start_time: str,
) -> Appointment:
    """Move an appointment to another day and time."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None:
        raise ToolError(f"appointment {appointment_id!r} not found")
    if appointment.status != "scheduled":
        raise ToolError(f"appointment {appointment_id!r} is {appointment.status!r}; it must be 'scheduled'")
    appointment.appointment_date = appointment_date
    appointment.start_time = start_time
    session.add(appointment)
    return appointment


@write
def schedule_appointment(
    session: Session,
    patient_id: str,
    doctor_id: str,
    appointment_date: str,
    start_time: str,
    concern: str,
    visit_type: VisitType = "in_person",
) -> Appointment:
    """Schedule an appointment for a patient with a doctor."""
    if session.get(Patient, patient_id) is None:
        raise ToolError(f"patient {patient_id!r} not found")
    doctor = session.get(Doctor, doctor_id)
    if doctor is None:
        raise ToolError(f"doctor {doctor_id!r} not found")
    if doctor.status != "active":
        raise ToolError(f"doctor {doctor_id!r} is {doctor.status!r}; it must be 'active'")
    appointment = Appointment(
        appointment_id=new_id(session, Appointment),
        patient_id=patient_id,
        doctor_id=doctor_id,
        appointment_date=appointment_date,
        start_time=start_time,
        visit_type=visit_type,
        concern=concern,
        status="scheduled",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(appointment)
    return appointment


@read
def search_doctors(
    session: Session,
    specialty: Specialty | None = None,
    clinic: str | None = None,
    language: Language | None = None,
    max_fee: float | None = None,
    status: DoctorStatus | None = None,
    limit: int = 20,
) -> list[Doctor]:
    """Search doctors by specialty, clinic, language and fee."""
    query = select(Doctor).order_by(Doctor.doctor_id)
    if specialty is not None:
        query = query.where(Doctor.specialty == specialty)
    if clinic is not None:
        query = query.where(Doctor.clinic == clinic)
    if language is not None:
        query = query.where(Doctor.language == language)
    if max_fee is not None:
        query = query.where(Doctor.fee <= max_fee)
    if status is not None:
        query = query.where(Doctor.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def update_patient_contact(
    session: Session,
    patient_id: str,
    email: str | None = None,
    phone: str | None = None,
) -> Patient:
    """Change the email address or the phone number of a patient."""
    patient = session.get(Patient, patient_id)
    if patient is None:
        raise ToolError(f"patient {patient_id!r} not found")
    if email is None and phone is None:
        raise ToolError("nothing to change; give email or phone")
    if email is not None:
        patient.email = email
    if phone is not None:
        patient.phone = phone
    session.add(patient)
    return patient
