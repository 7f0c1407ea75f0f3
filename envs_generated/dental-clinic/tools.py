"""Tools of the dental clinic domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, nest, new_id, read, write

from .schema import Appointment, Clock, Dentist, Invoice, Patient, Payment, PlanItem, Treatment, TreatmentPlan

CancelReason = Literal["sick", "work", "no_longer_needed", "dentist_unavailable"]
DeclineReason = Literal["too_expensive", "second_opinion", "wants_to_wait", "not_covered"]
DentistStatus = Literal["active", "on_leave", "retired"]
InvoiceStatus = Literal["open", "overdue", "settled", "written_off"]
PaymentMethod = Literal["card", "cash", "bank_transfer", "insurance"]
Specialty = Literal["general", "orthodontics", "endodontics", "oral_surgery", "pediatric", "periodontics"]
Status = Literal["booked", "confirmed", "completed", "cancelled", "missed"]


@write
def accept_treatment_plan(session: Session, treatment_plan_id: str) -> dict[str, Any]:
    """Accept a treatment plan on behalf of the patient."""
    treatment_plan = session.get(TreatmentPlan, treatment_plan_id)
    if treatment_plan is None:
        raise ToolError(f"treatment plan {treatment_plan_id!r} not found")
    if treatment_plan.status != "proposed":
        raise ToolError(f"treatment plan {treatment_plan_id!r} is {treatment_plan.status!r}; it must be 'proposed'")
    treatment_plan.status = "accepted"
    session.add(treatment_plan)
    session.flush()
    return nest(
        treatment_plan,
        items=session.exec(
            select(PlanItem)
            .where(PlanItem.treatment_plan_id == treatment_plan.treatment_plan_id)
            .order_by(PlanItem.plan_item_id)
        ).all(),
    )


@write
def book_appointment(
    session: Session,
    patient_id: str,
    dentist_id: str,
    treatment_id: str,
    appointment_date: str,
    start_time: str,
) -> Appointment:
    """Book an appointment of a patient with a dentist."""
    if session.get(Patient, patient_id) is None:
        raise ToolError(f"patient {patient_id!r} not found")
    dentist = session.get(Dentist, dentist_id)
    if dentist is None:
        raise ToolError(f"dentist {dentist_id!r} not found")
    if dentist.status != "active":
        raise ToolError(f"dentist {dentist_id!r} is {dentist.status!r}; it must be 'active'")
    if session.get(Treatment, treatment_id) is None:
        raise ToolError(f"treatment {treatment_id!r} not found")
    appointment = Appointment(
        appointment_id=new_id(session, Appointment),
        patient_id=patient_id,
        dentist_id=dentist_id,
        treatment_id=treatment_id,
        appointment_date=appointment_date,
        start_time=start_time,
        status="booked",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(appointment)
    return appointment


@write
def cancel_appointment(session: Session, appointment_id: str, reason: CancelReason) -> Appointment:
    """Cancel an appointment."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None:
        raise ToolError(f"appointment {appointment_id!r} not found")
    if appointment.status not in ("booked", "confirmed"):
        raise ToolError(f"appointment {appointment_id!r} is {appointment.status!r}; it must be 'booked' or 'confirmed'")
    appointment.cancel_reason = reason
    appointment.status = "cancelled"
    session.add(appointment)
    return appointment


@write
def confirm_appointment(session: Session, appointment_id: str) -> Appointment:
    """Confirm an appointment after the patient answered the reminder."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None:
        raise ToolError(f"appointment {appointment_id!r} not found")
    if appointment.status != "booked":
        raise ToolError(f"appointment {appointment_id!r} is {appointment.status!r}; it must be 'booked'")
    appointment.status = "confirmed"
    session.add(appointment)
    return appointment


@write
def decline_treatment_plan(session: Session, treatment_plan_id: str, reason: DeclineReason) -> dict[str, Any]:
    """Decline a treatment plan on behalf of the patient."""
    treatment_plan = session.get(TreatmentPlan, treatment_plan_id)
    if treatment_plan is None:
        raise ToolError(f"treatment plan {treatment_plan_id!r} not found")
    if treatment_plan.status != "proposed":
        raise ToolError(f"treatment plan {treatment_plan_id!r} is {treatment_plan.status!r}; it must be 'proposed'")
    treatment_plan.decline_reason = reason
    treatment_plan.status = "declined"
    session.add(treatment_plan)
    session.flush()
    return nest(
        treatment_plan,
        items=session.exec(
            select(PlanItem)
            .where(PlanItem.treatment_plan_id == treatment_plan.treatment_plan_id)
            .order_by(PlanItem.plan_item_id)
        ).all(),
    )


@read
def find_patient_by_email(session: Session, email: str) -> Patient:
    """Find the patient with an email address."""
    query = select(Patient).where(Patient.email == email).order_by(Patient.patient_id)
    patient = session.exec(query).first()
    if patient is None:
        raise ToolError(f"no patient matches email {email!r}")
    return patient


@read
def get_treatment_plan(session: Session, treatment_plan_id: str) -> dict[str, Any]:
    """Get a treatment plan with its treatments, total and status."""
    treatment_plan = session.get(TreatmentPlan, treatment_plan_id)
    if treatment_plan is None:
        raise ToolError(f"treatment plan {treatment_plan_id!r} not found")
    return nest(
        treatment_plan,
        items=session.exec(
            select(PlanItem)
            .where(PlanItem.treatment_plan_id == treatment_plan.treatment_plan_id)
            .order_by(PlanItem.plan_item_id)
        ).all(),
    )


@read
def list_appointments(
    session: Session,
    patient_id: str | None = None,
    dentist_id: str | None = None,
    status: Status | None = None,
    appointment_after: str | None = None,
    appointment_before: str | None = None,
    limit: int = 20,
) -> list[Appointment]:
    """List appointments, optionally only those of one patient, with one dentist, with one status or in a period."""
    query = select(Appointment).order_by(Appointment.appointment_id)
    if patient_id is not None:
        query = query.where(Appointment.patient_id == patient_id)
    if dentist_id is not None:
        query = query.where(Appointment.dentist_id == dentist_id)
    if status is not None:
        query = query.where(Appointment.status == status)
    if appointment_after is not None:
        query = query.where(Appointment.appointment_date >= appointment_after)
    if appointment_before is not None:
        query = query.where(Appointment.appointment_date <= appointment_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_dentists(
    session: Session,
    specialty: Specialty | None = None,
    accepts_new_patients: bool | None = None,
    status: DentistStatus | None = None,
    limit: int = 20,
) -> list[Dentist]:
    """List dentists, optionally only those with one specialty, who take new patients or with one status."""
    query = select(Dentist).order_by(Dentist.dentist_id)
    if specialty is not None:
        query = query.where(Dentist.specialty == specialty)
    if accepts_new_patients is not None:
        query = query.where(Dentist.accepts_new_patients == accepts_new_patients)
    if status is not None:
        query = query.where(Dentist.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_invoices(
    session: Session,
    patient_id: str | None = None,
    treatment_plan_id: str | None = None,
    status: InvoiceStatus | None = None,
    due_before: str | None = None,
    limit: int = 20,
) -> list[Invoice]:
    """List invoices, optionally only those of one patient, for one treatment plan, with one status or due by a day."""
    query = select(Invoice).order_by(Invoice.invoice_id)
    if patient_id is not None:
        query = query.where(Invoice.patient_id == patient_id)
    if treatment_plan_id is not None:
        query = query.where(Invoice.treatment_plan_id == treatment_plan_id)
    if status is not None:
        query = query.where(Invoice.status == status)
    if due_before is not None:
        query = query.where(Invoice.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_payments(
    session: Session,
    invoice_id: str | None = None,
    payment_method: PaymentMethod | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 20,
) -> list[Payment]:
    """List payments, optionally only those on one invoice, made in one way or in a period."""
    query = select(Payment).order_by(Payment.payment_id)
    if invoice_id is not None:
        query = query.where(Payment.invoice_id == invoice_id)
    if payment_method is not None:
        query = query.where(Payment.payment_method == payment_method)
    if created_after is not None:
        query = query.where(Payment.created_at >= created_after)
    if created_before is not None:
        query = query.where(Payment.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def pay_invoice(session: Session, invoice_id: str, amount: float, payment_method: PaymentMethod) -> Payment:
    """Pay all or part of what is owed on an invoice."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise ToolError(f"invoice {invoice_id!r} not found")
    if invoice.status not in ("open", "overdue"):
        raise ToolError(f"invoice {invoice_id!r} is {invoice.status!r}; it must be 'open' or 'overdue'")
    if invoice.balance < amount:
        raise ToolError(f"invoice {invoice_id!r}: balance is {invoice.balance!r}, {amount!r} needed")
    invoice.balance = round(invoice.balance - amount, 2)
    session.add(invoice)
    payment = Payment(
        payment_id=new_id(session, Payment),
        invoice_id=invoice_id,
        amount=amount,
        payment_method=payment_method,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(payment)
    return payment


@write
def propose_treatment_plan(
    session: Session,
    patient_id: str,
    dentist_id: str,
    items: list[dict[str, Any]],
) -> dict[str, Any]:
    """Propose a series of treatments to a patient."""
    if session.get(Patient, patient_id) is None:
        raise ToolError(f"patient {patient_id!r} not found")
    dentist = session.get(Dentist, dentist_id)
    if dentist is None:
        raise ToolError(f"dentist {dentist_id!r} not found")
    if dentist.status != "active":
        raise ToolError(f"dentist {dentist_id!r} is {dentist.status!r}; it must be 'active'")
    if not items:
        raise ToolError("items is empty; give at least one")
    treatment_plan = TreatmentPlan(
        treatment_plan_id=new_id(session, TreatmentPlan),
        patient_id=patient_id,
        dentist_id=dentist_id,
        total=0.0,
        status="proposed",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(treatment_plan)
    session.flush()
    for line in items:
        treatment = session.get(Treatment, line["treatment_id"])
        if treatment is None:
            raise ToolError(f"treatment {line['treatment_id']!r} not found")
        treatment_plan.total = round(treatment_plan.total + treatment.price * line["quantity"], 2)
        session.add(
            PlanItem(
                plan_item_id=new_id(session, PlanItem),
                treatment_plan_id=treatment_plan.treatment_plan_id,
                treatment_id=line["treatment_id"],
                tooth=line["tooth"],
                quantity=line["quantity"],
                unit_price=treatment.price,
            )
        )
        session.flush()
    return nest(
        treatment_plan,
        items=session.exec(
            select(PlanItem)
            .where(PlanItem.treatment_plan_id == treatment_plan.treatment_plan_id)
            .order_by(PlanItem.plan_item_id)
        ).all(),
    )


@write
def register_patient(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    date_of_birth: str,
    insurer: str,
    anxious: bool = False,
) -> Patient:
    """Register a new patient."""
    patient = Patient(
        patient_id=new_id(session, Patient),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        date_of_birth=date_of_birth,
        insurer=insurer,
        anxious=anxious,
        recall_months=6,
    )
    session.add(patient)
    return patient


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
    if appointment.status not in ("booked", "confirmed"):
        raise ToolError(f"appointment {appointment_id!r} is {appointment.status!r}; it must be 'booked' or 'confirmed'")
    appointment.appointment_date = appointment_date
    appointment.start_time = start_time
    session.add(appointment)
    return appointment


@read
def search_treatments(
    session: Session,
    query_: str | None = None,
    anesthesia: bool | None = None,
    max_price: float | None = None,
    max_duration_minutes: int | None = None,
    limit: int = 20,
) -> list[Treatment]:
    """Search the treatments on offer by name, anesthesia, price and duration."""
    query = select(Treatment).order_by(Treatment.treatment_id)
    if query_ is not None:
        query = query.where(Treatment.name.icontains(query_, autoescape=True))
    if anesthesia is not None:
        query = query.where(Treatment.anesthesia == anesthesia)
    if max_price is not None:
        query = query.where(Treatment.price <= max_price)
    if max_duration_minutes is not None:
        query = query.where(Treatment.duration_minutes <= max_duration_minutes)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_recall_interval(session: Session, patient_id: str, recall_months: int) -> Patient:
    """Set how many months pass between two checkups of a patient."""
    patient = session.get(Patient, patient_id)
    if patient is None:
        raise ToolError(f"patient {patient_id!r} not found")
    patient.recall_months = recall_months
    session.add(patient)
    return patient


@write
def write_off_invoice(session: Session, invoice_id: str) -> Invoice:
    """Write off an invoice that will not be paid."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise ToolError(f"invoice {invoice_id!r} not found")
    if invoice.status != "overdue":
        raise ToolError(f"invoice {invoice_id!r} is {invoice.status!r}; it must be 'overdue'")
    invoice.status = "written_off"
    session.add(invoice)
    return invoice
