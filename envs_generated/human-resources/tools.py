"""Tools of the human resources domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Clock, Department, Employee, Expense, LeaveRequest, Payslip

Category = Literal["travel", "lodging", "meals", "equipment", "training", "software"]
EmploymentType = Literal["full_time", "part_time", "contractor", "intern"]
ExpenseStatus = Literal["submitted", "approved", "rejected", "reimbursed"]
LeaveRequestStatus = Literal["pending", "approved", "rejected", "cancelled"]
LeaveType = Literal["vacation", "personal", "study", "parental"]
RejectionReason = Literal["understaffed", "short_notice", "blackout_period", "missing_details"]
Status = Literal["active", "suspended", "terminated"]


@write
def approve_expense(session: Session, expense_id: str) -> Expense:
    """Approve an expense claim."""
    expense = session.get(Expense, expense_id)
    if expense is None:
        raise ToolError(f"expense {expense_id!r} not found")
    if expense.status != "submitted":
        raise ToolError(f"expense {expense_id!r} is {expense.status!r}; it must be 'submitted'")
    expense.status = "approved"
    session.add(expense)
    return expense


@write
def approve_leave_request(session: Session, leave_request_id: str) -> LeaveRequest:
    """Approve a leave request."""
    leave_request = session.get(LeaveRequest, leave_request_id)
    if leave_request is None:
        raise ToolError(f"leave request {leave_request_id!r} not found")
    if leave_request.status != "pending":
        raise ToolError(f"leave request {leave_request_id!r} is {leave_request.status!r}; it must be 'pending'")
    leave_request.status = "approved"
    session.add(leave_request)
    return leave_request


@write
def cancel_leave_request(session: Session, leave_request_id: str) -> LeaveRequest:
    """Cancel a leave request."""
    leave_request = session.get(LeaveRequest, leave_request_id)
    if leave_request is None:
        raise ToolError(f"leave request {leave_request_id!r} not found")
    if leave_request.status not in ("pending", "approved"):
        raise ToolError(
            f"leave request {leave_request_id!r} is {leave_request.status!r}; it must be 'pending' or 'approved'"
        )
    leave_request.status = "cancelled"
    employee = session.get_one(Employee, leave_request.employee_id)
    employee.leave_days_available += 1
    session.add(employee)
    session.add(leave_request)
    return leave_request


@write
def change_employee_department(
    session: Session,
    employee_id: str,
    department_id: str,
    job_title: str | None = None,
    manager_employee_id: str | None = None,
) -> Employee:
    """Transfer an employee to another department."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status != "active":
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active'")
    if session.get(Department, department_id) is None:
        raise ToolError(f"department {department_id!r} not found")
    if manager_employee_id is not None:
        manager_employee = session.get(Employee, manager_employee_id)
        if manager_employee is None:
            raise ToolError(f"employee {manager_employee_id!r} not found")
        if manager_employee.status != "active":
            raise ToolError(f"employee {manager_employee_id!r} is {manager_employee.status!r}; it must be 'active'")
    employee.department_id = department_id
    if job_title is not None:
        employee.job_title = job_title
    if manager_employee_id is not None:
        employee.manager_employee_id = manager_employee_id
    session.add(employee)
    return employee


@write
def change_employee_salary(session: Session, employee_id: str, annual_salary: float) -> Employee:
    """Change an employee's salary."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status != "active":
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active'")
    employee.annual_salary = annual_salary
    session.add(employee)
    return employee


@read
def find_employee_by_email(session: Session, email: str) -> Employee:
    """Find the employee with a work email address."""
    query = select(Employee).where(Employee.email == email).order_by(Employee.employee_id)
    employee = session.exec(query).first()
    if employee is None:
        raise ToolError(f"no employee matches email {email!r}")
    return employee


@read
def get_employee(session: Session, employee_id: str) -> Employee:
    """Get an employee's contact details, position, salary, leave days available and status."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    return employee


@read
def get_leave_balance(session: Session, employee_id: str) -> dict[str, Any]:
    """Get the days of paid leave an employee can still take this year."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    return {"employee_id": employee.employee_id, "leave_days_available": employee.leave_days_available}


@read
def get_payslip(session: Session, payslip_id: str) -> Payslip:
    """Get a payslip with gross pay and tax withheld."""
    payslip = session.get(Payslip, payslip_id)
    if payslip is None:
        raise ToolError(f"payslip {payslip_id!r} not found")
    return payslip


@read
def list_departments(session: Session, location: str | None = None, limit: int = 20) -> list[Department]:
    """List the company's departments, optionally only those at one site."""
    query = select(Department).order_by(Department.department_id)
    if location is not None:
        query = query.where(Department.location == location)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_employees(
    session: Session,
    department_id: str | None = None,
    manager_employee_id: str | None = None,
    employment_type: EmploymentType | None = None,
    status: Status | None = None,
    hired_after: str | None = None,
    hired_before: str | None = None,
    limit: int = 20,
) -> list[Employee]:
    """List employees, optionally only those of one department, manager, kind of contract or status, or hired in a period."""
    query = select(Employee).order_by(Employee.employee_id)
    if department_id is not None:
        query = query.where(Employee.department_id == department_id)
    if manager_employee_id is not None:
        query = query.where(Employee.manager_employee_id == manager_employee_id)
    if employment_type is not None:
        query = query.where(Employee.employment_type == employment_type)
    if status is not None:
        query = query.where(Employee.status == status)
    if hired_after is not None:
        query = query.where(Employee.hired_on >= hired_after)
    if hired_before is not None:
        query = query.where(Employee.hired_on <= hired_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_expenses(
    session: Session,
    employee_id: str | None = None,
    category: Category | None = None,
    status: ExpenseStatus | None = None,
    min_amount: float | None = None,
    max_amount: float | None = None,
    incurred_after: str | None = None,
    incurred_before: str | None = None,
    limit: int = 20,
) -> list[Expense]:
    """List expense claims by employee, category, status, amount and the day the money was spent."""
    query = select(Expense).order_by(Expense.expense_id)
    if employee_id is not None:
        query = query.where(Expense.employee_id == employee_id)
    if category is not None:
        query = query.where(Expense.category == category)
    if status is not None:
        query = query.where(Expense.status == status)
    if min_amount is not None:
        query = query.where(Expense.amount >= min_amount)
    if max_amount is not None:
        query = query.where(Expense.amount <= max_amount)
    if incurred_after is not None:
        query = query.where(Expense.incurred_on >= incurred_after)
    if incurred_before is not None:
        query = query.where(Expense.incurred_on <= incurred_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_leave_requests(
    session: Session,
    employee_id: str | None = None,
    leave_type: LeaveType | None = None,
    status: LeaveRequestStatus | None = None,
    starts_after: str | None = None,
    starts_before: str | None = None,
    limit: int = 20,
) -> list[LeaveRequest]:
    """List leave requests, optionally only those of one employee, for one kind of leave, with one status or starting in a period."""
    query = select(LeaveRequest).order_by(LeaveRequest.leave_request_id)
    if employee_id is not None:
        query = query.where(LeaveRequest.employee_id == employee_id)
    if leave_type is not None:
        query = query.where(LeaveRequest.leave_type == leave_type)
    if status is not None:
        query = query.where(LeaveRequest.status == status)
    if starts_after is not None:
        query = query.where(LeaveRequest.starts_on >= starts_after)
    if starts_before is not None:
        query = query.where(LeaveRequest.starts_on <= starts_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_payslips(session: Session, employee_id: str, month: str | None = None, limit: int = 20) -> list[Payslip]:
    """List an employee's payslips, optionally only the one for a given month."""
    if session.get(Employee, employee_id) is None:
        raise ToolError(f"employee {employee_id!r} not found")
    query = select(Payslip).where(Payslip.employee_id == employee_id).order_by(Payslip.payslip_id)
    if month is not None:
        query = query.where(Payslip.month == month)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def register_employee(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    department_id: str,
    job_title: str,
    annual_salary: float,
    leave_days_available: int,
    hired_on: str,
    phone: str | None = None,
    manager_employee_id: str | None = None,
    employment_type: EmploymentType = "full_time",
) -> Employee:
    """Register a new employee."""
    if session.get(Department, department_id) is None:
        raise ToolError(f"department {department_id!r} not found")
    if manager_employee_id is not None and session.get(Employee, manager_employee_id) is None:
        raise ToolError(f"employee {manager_employee_id!r} not found")
    employee = Employee(
        employee_id=new_id(session, Employee),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        department_id=department_id,
        manager_employee_id=manager_employee_id,
        job_title=job_title,
        employment_type=employment_type,
        annual_salary=annual_salary,
        leave_days_available=leave_days_available,
        hired_on=hired_on,
        status="active",
    )
    session.add(employee)
    return employee


@write
def reimburse_expense(session: Session, expense_id: str) -> Expense:
    """Pay an approved expense back to the employee."""
    expense = session.get(Expense, expense_id)
    if expense is None:
        raise ToolError(f"expense {expense_id!r} not found")
    if expense.status != "approved":
        raise ToolError(f"expense {expense_id!r} is {expense.status!r}; it must be 'approved'")
    expense.status = "reimbursed"
    session.add(expense)
    return expense


@write
def reject_expense(session: Session, expense_id: str) -> Expense:
    """Reject an expense claim."""
    expense = session.get(Expense, expense_id)
    if expense is None:
        raise ToolError(f"expense {expense_id!r} not found")
    if expense.status != "submitted":
        raise ToolError(f"expense {expense_id!r} is {expense.status!r}; it must be 'submitted'")
    expense.status = "rejected"
    session.add(expense)
    return expense


@write
def reject_leave_request(session: Session, leave_request_id: str, rejection_reason: RejectionReason) -> LeaveRequest:
    """Reject a leave request."""
    leave_request = session.get(LeaveRequest, leave_request_id)
    if leave_request is None:
        raise ToolError(f"leave request {leave_request_id!r} not found")
    if leave_request.status != "pending":
        raise ToolError(f"leave request {leave_request_id!r} is {leave_request.status!r}; it must be 'pending'")
    leave_request.rejection_reason = rejection_reason
    leave_request.status = "rejected"
    employee = session.get_one(Employee, leave_request.employee_id)
    employee.leave_days_available += 1
    session.add(employee)
    session.add(leave_request)
    return leave_request


@write
def submit_expense(
    session: Session,
    employee_id: str,
    category: Category,
    description: str,
    amount: float,
    incurred_on: str,
) -> Expense:
    """Submit an expense claim."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status != "active":
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active'")
    expense = Expense(
        expense_id=new_id(session, Expense),
        employee_id=employee_id,
        category=category,
        description=description,
        amount=amount,
        incurred_on=incurred_on,
        status="submitted",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(expense)
    return expense


@write
def submit_leave_request(
    session: Session,
    employee_id: str,
    starts_on: str,
    days: int,
    leave_type: LeaveType = "vacation",
    note: str | None = None,
) -> LeaveRequest:
    """Submit a request for leave."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status != "active":
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active'")
    if employee.leave_days_available < 1:
        raise ToolError(
            f"employee {employee_id!r}: leave days available is {employee.leave_days_available!r}, {1!r} needed"
        )
    employee.leave_days_available -= 1
    session.add(employee)
    leave_request = LeaveRequest(
        leave_request_id=new_id(session, LeaveRequest),
        employee_id=employee_id,
        leave_type=leave_type,
        starts_on=starts_on,
        days=days,
        note=note,
        status="pending",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(leave_request)
    return leave_request


@write
def terminate_employee(session: Session, employee_id: str) -> Employee:
    """End an employee's contract."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if employee.status not in ("active", "suspended"):
        raise ToolError(f"employee {employee_id!r} is {employee.status!r}; it must be 'active' or 'suspended'")
    employee.status = "terminated"
    session.add(employee)
    return employee


@write
def update_employee_contact(
    session: Session,
    employee_id: str,
    phone: str | None = None,
    address: str | None = None,
    city: str | None = None,
    postal_code: str | None = None,
) -> Employee:
    """Update an employee's contact details."""
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise ToolError(f"employee {employee_id!r} not found")
    if phone is None and address is None and city is None and postal_code is None:
        raise ToolError("nothing to change; give phone or address or city or postal_code")
    if phone is not None:
        employee.phone = phone
    if address is not None:
        employee.address = address
    if city is not None:
        employee.city = city
    if postal_code is not None:
        employee.postal_code = postal_code
    session.add(employee)
    return employee
