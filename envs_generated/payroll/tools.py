"""Tools of the payroll domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Bonus, Clock, Deduction, Employee, PayRun, Payslip, Timesheet

DeductionStatus = Literal["active", "paused", "ended"]
DeductionType = Literal["health_insurance", "retirement", "union_dues", "garnishment", "transit_pass", "loan_repayment"]
PayRunStatus = Literal["draft", "approved", "paid", "cancelled"]
Reason = Literal["performance", "referral", "holiday", "overtime_weekend", "retention"]
RejectReason = Literal["wrong_hours", "wrong_period", "missing_approval", "duplicate"]
Status = Literal["proposed", "approved", "revoked"]
TimesheetStatus = Literal["submitted", "approved", "rejected"]


@write
def add_deduction(
    session: Session,
    employee_id: str,
    deduction_type: DeductionType,
    amount: float,
    pre_tax: bool,
) -> Deduction:
    """Add a deduction to an employee's pay."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status not in ("active", "on_leave"):
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active' or 'on_leave'")
    deduction = Deduction(
        deduction_id=new_id(session, Deduction),
        employee_id=employee_id,
        deduction_type=deduction_type,
        amount=amount,
        pre_tax=pre_tax,
        status="active",
    )
    session.add(deduction)
    return deduction


@write
def approve_pay_run(session: Session, pay_run_id: str) -> PayRun:
    """Approve a pay run."""
    pay_run = session.get(PayRun, pay_run_id)
    if pay_run is None:
        raise ToolError(f"pay run {pay_run_id!r} not found")
    if pay_run.status != "draft":
        raise ToolError(f"pay run {pay_run_id!r} is {pay_run.status!r}; it must be 'draft'")
    pay_run.status = "approved"
    session.add(pay_run)
    return pay_run


@write
def approve_timesheet(session: Session, timesheet_id: str) -> Timesheet:
    """Approve a timesheet."""
    timesheet = session.get(Timesheet, timesheet_id)
    if timesheet is None:
        raise ToolError(f"timesheet {timesheet_id!r} not found")
    if timesheet.status != "submitted":
        raise ToolError(f"timesheet {timesheet_id!r} is {timesheet.status!r}; it must be 'submitted'")
    timesheet.status = "approved"
    session.add(timesheet)
    return timesheet


@write
def change_hourly_rate(session: Session, employee_id: str, hourly_rate: float) -> Employee:
    """Change what an employee is paid for an hour."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status != "active":
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active'")
    employee.hourly_rate = hourly_rate
    session.add(employee)
    return employee


@write
def create_pay_run(session: Session, start_date: str, end_date: str, pay_date: str, note: str | None = None) -> PayRun:
    """Create a pay run for a period."""
    pay_run = PayRun(
        pay_run_id=new_id(session, PayRun),
        start_date=start_date,
        end_date=end_date,
        pay_date=pay_date,
        note=note,
        status="draft",
    )
    session.add(pay_run)
    return pay_run


@read
def find_employee_by_email(session: Session, email: str) -> Employee:
    """Find the employee with an email address."""
    query = select(Employee).where(Employee.email == email).order_by(Employee.employee_id)
    employee = session.exec(query).first()
    if employee is None:
        raise ToolError(f"no employee matches email {email!r}")
    return employee


@read
def get_employee(session: Session, employee_id: str) -> Employee:
    """Get an employee with job, site, hourly rate and status."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    return employee


@read
def list_bonuses(
    session: Session,
    employee_id: str | None = None,
    pay_run_id: str | None = None,
    reason: Reason | None = None,
    status: Status | None = None,
    limit: int = 40,
) -> list[Bonus]:
    """List bonuses, optionally only those of one employee, in one pay run, for one reason or with one status."""
    query = select(Bonus).order_by(Bonus.bonus_id)
    if employee_id is not None:
        query = query.where(Bonus.employee_id == employee_id)
    if pay_run_id is not None:
        query = query.where(Bonus.pay_run_id == pay_run_id)
    if reason is not None:
        query = query.where(Bonus.reason == reason)
    if status is not None:
        query = query.where(Bonus.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_deductions(
    session: Session,
    employee_id: str | None = None,
    deduction_type: DeductionType | None = None,
    status: DeductionStatus | None = None,
    limit: int = 40,
) -> list[Deduction]:
    """List deductions, optionally only those of one employee, of one kind or with one status."""
    query = select(Deduction).order_by(Deduction.deduction_id)
    if employee_id is not None:
        query = query.where(Deduction.employee_id == employee_id)
    if deduction_type is not None:
        query = query.where(Deduction.deduction_type == deduction_type)
    if status is not None:
        query = query.where(Deduction.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_pay_runs(
    session: Session,
    status: PayRunStatus | None = None,
    pay_after: str | None = None,
    pay_before: str | None = None,
    limit: int = 40,
) -> list[PayRun]:
    """List pay runs, optionally only those with one status or that pay out in a period."""
    query = select(PayRun).order_by(PayRun.pay_run_id)
    if status is not None:
        query = query.where(PayRun.status == status)
    if pay_after is not None:
        query = query.where(PayRun.pay_date >= pay_after)
    if pay_before is not None:
        query = query.where(PayRun.pay_date <= pay_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_payslips(
    session: Session,
    employee_id: str | None = None,
    pay_run_id: str | None = None,
    min_gross_pay: float | None = None,
    issued_after: str | None = None,
    issued_before: str | None = None,
    limit: int = 40,
) -> list[Payslip]:
    """List payslips, optionally only those of one employee, from one pay run, from a gross pay on or issued in a period."""
    query = select(Payslip).order_by(Payslip.payslip_id)
    if employee_id is not None:
        query = query.where(Payslip.employee_id == employee_id)
    if pay_run_id is not None:
        query = query.where(Payslip.pay_run_id == pay_run_id)
    if min_gross_pay is not None:
        query = query.where(Payslip.gross_pay >= min_gross_pay)
    if issued_after is not None:
        query = query.where(Payslip.issued_date >= issued_after)
    if issued_before is not None:
        query = query.where(Payslip.issued_date <= issued_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_timesheets(
    session: Session,
    employee_id: str | None = None,
    pay_run_id: str | None = None,
    status: TimesheetStatus | None = None,
    min_hours: int | None = None,
    limit: int = 40,
) -> list[Timesheet]:
    """List timesheets, optionally only those of one employee, for one pay run, with one status or from a number of hours on."""
    query = select(Timesheet).order_by(Timesheet.timesheet_id)
    if employee_id is not None:
        query = query.where(Timesheet.employee_id == employee_id)
    if pay_run_id is not None:
        query = query.where(Timesheet.pay_run_id == pay_run_id)
    if status is not None:
        query = query.where(Timesheet.status == status)
    if min_hours is not None:
        query = query.where(Timesheet.hours >= min_hours)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def move_pay_date(session: Session, pay_run_id: str, pay_date: str) -> PayRun:
    """Move the day on which a pay run is paid out."""
    pay_run = session.get(PayRun, pay_run_id)
    if pay_run is None:
        raise ToolError(f"pay run {pay_run_id!r} not found")
    if pay_run.status not in ("draft", "approved"):
        raise ToolError(f"pay run {pay_run_id!r} is {pay_run.status!r}; it must be 'draft' or 'approved'")
    pay_run.pay_date = pay_date
    session.add(pay_run)
    return pay_run


@write
def pause_deduction(session: Session, deduction_id: str) -> Deduction:
    """Pause a deduction for the next runs."""
    deduction = session.get(Deduction, deduction_id)
    if deduction is None:
        raise ToolError(f"deduction {deduction_id!r} not found")
    if deduction.status != "active":
        raise ToolError(f"deduction {deduction_id!r} is {deduction.status!r}; it must be 'active'")
    deduction.status = "paused"
    session.add(deduction)
    return deduction


@write
def propose_bonus(session: Session, employee_id: str, pay_run_id: str, amount: float, reason: Reason) -> Bonus:
    """Propose a bonus for an employee."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status != "active":
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active'")
    pay_run = session.get(PayRun, pay_run_id)
    if pay_run is None:
        raise ToolError(f"pay run {pay_run_id!r} not found")
    if pay_run.status != "draft":
        raise ToolError(f"pay run {pay_run_id!r} is {pay_run.status!r}; it must be 'draft'")
    bonus = Bonus(
        bonus_id=new_id(session, Bonus),
        employee_id=employee_id,
        pay_run_id=pay_run_id,
        amount=amount,
        reason=reason,
        status="proposed",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(bonus)
    return bonus


@write
def reject_timesheet(session: Session, timesheet_id: str, reason: RejectReason) -> Timesheet:
    """Reject a timesheet."""
    timesheet = session.get(Timesheet, timesheet_id)
    if timesheet is None:
        raise ToolError(f"timesheet {timesheet_id!r} not found")
    if timesheet.status != "submitted":
        raise ToolError(f"timesheet {timesheet_id!r} is {timesheet.status!r}; it must be 'submitted'")
    timesheet.reject_reason = reason
    timesheet.status = "rejected"
    session.add(timesheet)
    return timesheet


@write
def revoke_bonus(session: Session, bonus_id: str) -> Bonus:
    """Revoke a bonus that has not been approved."""
    bonus = session.get(Bonus, bonus_id)
    if bonus is None:
        raise ToolError(f"bonus {bonus_id!r} not found")
    if bonus.status != "proposed":
        raise ToolError(f"bonus {bonus_id!r} is {bonus.status!r}; it must be 'proposed'")
    bonus.status = "revoked"
    session.add(bonus)
    return bonus


@write
def submit_timesheet(session: Session, employee_id: str, pay_run_id: str, hours: int) -> Timesheet:
    """Submit the hours an employee worked."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status != "active":
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active'")
    pay_run = session.get(PayRun, pay_run_id)
    if pay_run is None:
        raise ToolError(f"pay run {pay_run_id!r} not found")
    if pay_run.status != "draft":
        raise ToolError(f"pay run {pay_run_id!r} is {pay_run.status!r}; it must be 'draft'")
    timesheet = Timesheet(
        timesheet_id=new_id(session, Timesheet),
        employee_id=employee_id,
        pay_run_id=pay_run_id,
        hours=hours,
        hourly_rate=employee.hourly_rate,
        total=round(employee.hourly_rate * hours, 2),
        status="submitted",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(timesheet)
    return timesheet
