"""Tools of the project tracker domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Assignment, Client, Clock, Expense, Milestone, Person, Project, Task, TaskDependency, TimeEntry

Billing = Literal["fixed_price", "hourly", "retainer"]
BlockReason = Literal["waiting_for_client", "waiting_for_task", "unclear_scope", "missing_access"]
Category = Literal["travel", "software", "print", "catering", "participants"]
Discipline = Literal["design", "engineering", "research", "strategy", "writing"]
HoldReason = Literal["client_request", "waiting_for_budget", "staffing", "legal"]
Industry = Literal["media", "public_sector", "retail", "energy", "nonprofit", "finance"]
PersonStatus = Literal["active", "on_leave", "left"]
Priority = Literal["low", "medium", "high"]
ProjectStatus = Literal["proposed", "active", "on_hold", "completed", "cancelled"]
Status = Literal["upcoming", "reached", "missed"]
TaskStatus = Literal["to_do", "in_progress", "blocked", "done"]


@write
def activate_project(session: Session, project_id: str) -> Project:
    """Start or resume the work on a project."""
    project = session.get(Project, project_id)
    if project is None:
        raise ToolError(f"project {project_id!r} not found")
    if project.status not in ("proposed", "on_hold"):
        raise ToolError(f"project {project_id!r} is {project.status!r}; it must be 'proposed' or 'on_hold'")
    project.status = "active"
    session.add(project)
    return project


@write
def add_assignment(session: Session, project_id: str, person_id: str, hours_per_week: int = 16) -> Assignment:
    """Add a person to the team of a project."""
    project = session.get(Project, project_id)
    if project is None:
        raise ToolError(f"project {project_id!r} not found")
    if project.status not in ("proposed", "active"):
        raise ToolError(f"project {project_id!r} is {project.status!r}; it must be 'proposed' or 'active'")
    person = session.get(Person, person_id)
    if person is None:
        raise ToolError(f"person {person_id!r} not found")
    if person.status != "active":
        raise ToolError(f"person {person_id!r} is {person.status!r}; it must be 'active'")
    assignment = Assignment(
        assignment_id=new_id(session, Assignment),
        project_id=project_id,
        person_id=person_id,
        hours_per_week=hours_per_week,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(assignment)
    return assignment


@write
def add_task_dependency(session: Session, task_id: str, required_task_id: str) -> TaskDependency:
    """Make a task wait for another."""
    if session.get(Task, task_id) is None:
        raise ToolError(f"task {task_id!r} not found")
    if session.get(Task, required_task_id) is None:
        raise ToolError(f"task {required_task_id!r} not found")
    task_dependency = TaskDependency(
        task_dependency_id=new_id(session, TaskDependency),
        task_id=task_id,
        required_task_id=required_task_id,
    )
    session.add(task_dependency)
    return task_dependency


@write
def assign_task(session: Session, task_id: str, assignee_person_id: str) -> Task:
    """Assign a task to a person."""
    task = session.get(Task, task_id)
    if task is None:
        raise ToolError(f"task {task_id!r} not found")
    if task.status not in ("to_do", "in_progress", "blocked"):
        raise ToolError(f"task {task_id!r} is {task.status!r}; it must be 'to_do', 'in_progress' or 'blocked'")
    assignee_person = session.get(Person, assignee_person_id)
    if assignee_person is None:
        raise ToolError(f"person {assignee_person_id!r} not found")
    if assignee_person.status != "active":
        raise ToolError(f"person {assignee_person_id!r} is {assignee_person.status!r}; it must be 'active'")
    task.assignee_person_id = assignee_person_id
    session.add(task)
    return task


@write
def block_task(session: Session, task_id: str, block_reason: BlockReason) -> Task:
    """Mark a task as blocked."""
    task = session.get(Task, task_id)
    if task is None:
        raise ToolError(f"task {task_id!r} not found")
    if task.status not in ("to_do", "in_progress"):
        raise ToolError(f"task {task_id!r} is {task.status!r}; it must be 'to_do' or 'in_progress'")
    task.block_reason = block_reason
    task.status = "blocked"
    session.add(task)
    return task


@write
def create_project(
    session: Session,
    client_id: str,
    lead_person_id: str,
    name: str,
    balance: float,
    start_date: str,
    billing: Billing = "hourly",
) -> Project:
    """Create a project for a client."""
    if session.get(Client, client_id) is None:
        raise ToolError(f"client {client_id!r} not found")
    lead_person = session.get(Person, lead_person_id)
    if lead_person is None:
        raise ToolError(f"person {lead_person_id!r} not found")
    if lead_person.status != "active":
        raise ToolError(f"person {lead_person_id!r} is {lead_person.status!r}; it must be 'active'")
    project = Project(
        project_id=new_id(session, Project),
        client_id=client_id,
        lead_person_id=lead_person_id,
        name=name,
        balance=balance,
        billing=billing,
        start_date=start_date,
        status="proposed",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(project)
    return project


@write
def create_task(
    session: Session,
    milestone_id: str,
    title: str,
    estimate_hours: float,
    assignee_person_id: str | None = None,
    priority: Priority = "medium",
) -> Task:
    """Create a task for a milestone."""
    milestone = session.get(Milestone, milestone_id)
    if milestone is None:
        raise ToolError(f"milestone {milestone_id!r} not found")
    if milestone.status != "upcoming":
        raise ToolError(f"milestone {milestone_id!r} is {milestone.status!r}; it must be 'upcoming'")
    if assignee_person_id is not None and session.get(Person, assignee_person_id) is None:
        raise ToolError(f"person {assignee_person_id!r} not found")
    task = Task(
        task_id=new_id(session, Task),
        milestone_id=milestone_id,
        assignee_person_id=assignee_person_id,
        title=title,
        estimate_hours=estimate_hours,
        priority=priority,
        status="to_do",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(task)
    return task


@read
def find_person_by_email(session: Session, email: str) -> Person:
    """Find the person with an email address."""
    query = select(Person).where(Person.email == email).order_by(Person.person_id)
    person = session.exec(query).first()
    if person is None:
        raise ToolError(f"no person matches email {email!r}")
    return person


@write
def finish_task(session: Session, task_id: str) -> Task:
    """Finish a task."""
    task = session.get(Task, task_id)
    if task is None:
        raise ToolError(f"task {task_id!r} not found")
    if task.status != "in_progress":
        raise ToolError(f"task {task_id!r} is {task.status!r}; it must be 'in_progress'")
    task.status = "done"
    session.add(task)
    return task


@read
def get_project_budget(session: Session, project_id: str) -> dict[str, Any]:
    """Get the budget of a project that is not spent yet."""
    project = session.get(Project, project_id)
    if project is None:
        raise ToolError(f"project {project_id!r} not found")
    return {
        "project_id": project.project_id,
        "name": project.name,
        "balance": project.balance,
        "status": project.status,
    }


@write
def hold_project(session: Session, project_id: str, hold_reason: HoldReason) -> Project:
    """Put a project on hold."""
    project = session.get(Project, project_id)
    if project is None:
        raise ToolError(f"project {project_id!r} not found")
    if project.status != "active":
        raise ToolError(f"project {project_id!r} is {project.status!r}; it must be 'active'")
    project.hold_reason = hold_reason
    project.status = "on_hold"
    session.add(project)
    return project


@read
def list_assignments(
    session: Session,
    project_id: str | None = None,
    person_id: str | None = None,
    limit: int = 25,
) -> list[Assignment]:
    """List who works on what, optionally only the team of one project or the projects of one person."""
    query = select(Assignment).order_by(Assignment.assignment_id)
    if project_id is not None:
        query = query.where(Assignment.project_id == project_id)
    if person_id is not None:
        query = query.where(Assignment.person_id == person_id)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_clients(
    session: Session,
    industry: Industry | None = None,
    city: str | None = None,
    limit: int = 25,
) -> list[Client]:
    """List clients, optionally only those in one industry or city."""
    query = select(Client).order_by(Client.client_id)
    if industry is not None:
        query = query.where(Client.industry == industry)
    if city is not None:
        query = query.where(Client.city == city)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_milestones(
    session: Session,
    project_id: str,
    status: Status | None = None,
    due_after: str | None = None,
    due_before: str | None = None,
    limit: int = 25,
) -> list[Milestone]:
    """List the milestones of a project, optionally only those with one status or due in a period."""
    if session.get(Project, project_id) is None:
        raise ToolError(f"project {project_id!r} not found")
    query = select(Milestone).where(Milestone.project_id == project_id).order_by(Milestone.milestone_id)
    if status is not None:
        query = query.where(Milestone.status == status)
    if due_after is not None:
        query = query.where(Milestone.due_date >= due_after)
    if due_before is not None:
        query = query.where(Milestone.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_people(
    session: Session,
    discipline: Discipline | None = None,
    max_hourly_rate: float | None = None,
    status: PersonStatus | None = None,
    limit: int = 25,
) -> list[Person]:
    """List the people of the studio, optionally only those of one discipline, up to an hourly rate or with one status."""
    query = select(Person).order_by(Person.person_id)
    if discipline is not None:
        query = query.where(Person.discipline == discipline)
    if max_hourly_rate is not None:
        query = query.where(Person.hourly_rate <= max_hourly_rate)
    if status is not None:
        query = query.where(Person.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_tasks(
    session: Session,
    milestone_id: str | None = None,
    assignee_person_id: str | None = None,
    priority: Priority | None = None,
    status: TaskStatus | None = None,
    limit: int = 25,
) -> list[Task]:
    """List tasks, optionally only those of one milestone, of one person, with one priority or with one status."""
    query = select(Task).order_by(Task.task_id)
    if milestone_id is not None:
        query = query.where(Task.milestone_id == milestone_id)
    if assignee_person_id is not None:
        query = query.where(Task.assignee_person_id == assignee_person_id)
    if priority is not None:
        query = query.where(Task.priority == priority)
    if status is not None:
        query = query.where(Task.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_time_entries(
    session: Session,
    task_id: str | None = None,
    person_id: str | None = None,
    billable: bool | None = None,
    work_after: str | None = None,
    work_before: str | None = None,
    limit: int = 25,
) -> list[TimeEntry]:
    """List time entries, optionally only those on one task, of one person, billable or not, or in a period."""
    query = select(TimeEntry).order_by(TimeEntry.time_entry_id)
    if task_id is not None:
        query = query.where(TimeEntry.task_id == task_id)
    if person_id is not None:
        query = query.where(TimeEntry.person_id == person_id)
    if billable is not None:
        query = query.where(TimeEntry.billable == billable)
    if work_after is not None:
        query = query.where(TimeEntry.work_date >= work_after)
    if work_before is not None:
        query = query.where(TimeEntry.work_date <= work_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def log_time(
    session: Session,
    task_id: str,
    person_id: str,
    work_date: str,
    hours: float,
    billable: bool = True,
    note: str | None = None,
) -> TimeEntry:
    """Log hours worked on a task."""
    if session.get(Task, task_id) is None:
        raise ToolError(f"task {task_id!r} not found")
    person = session.get(Person, person_id)
    if person is None:
        raise ToolError(f"person {person_id!r} not found")
    if person.status != "active":
        raise ToolError(f"person {person_id!r} is {person.status!r}; it must be 'active'")
    time_entry = TimeEntry(
        time_entry_id=new_id(session, TimeEntry),
        task_id=task_id,
        person_id=person_id,
        work_date=work_date,
        hours=hours,
        billable=billable,
        note=note,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(time_entry)
    return time_entry


@write
def remove_assignment(session: Session, assignment_id: str) -> Assignment:
    """Take a person off the team of a project."""
    assignment = session.get(Assignment, assignment_id)
    if assignment is None:
        raise ToolError(f"assignment {assignment_id!r} not found")
    session.delete(assignment)
    return assignment


@read
def search_projects(
    session: Session,
    query_: str | None = None,
    client_id: str | None = None,
    lead_person_id: str | None = None,
    billing: Billing | None = None,
    status: ProjectStatus | None = None,
    limit: int = 25,
) -> list[Project]:
    """Search projects by name, client, lead, billing and status."""
    query = select(Project).order_by(Project.project_id)
    if query_ is not None:
        query = query.where(Project.name.icontains(query_, autoescape=True))
    if client_id is not None:
        query = query.where(Project.client_id == client_id)
    if lead_person_id is not None:
        query = query.where(Project.lead_person_id == lead_person_id)
    if billing is not None:
        query = query.where(Project.billing == billing)
    if status is not None:
        query = query.where(Project.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def start_task(session: Session, task_id: str) -> Task:
    """Start work on a task."""
    task = session.get(Task, task_id)
    if task is None:
        raise ToolError(f"task {task_id!r} not found")
    if task.status not in ("to_do", "blocked"):
        raise ToolError(f"task {task_id!r} is {task.status!r}; it must be 'to_do' or 'blocked'")
    task.status = "in_progress"
    session.add(task)
    return task


@write
def submit_expense(session: Session, project_id: str, person_id: str, category: Category, amount: float) -> Expense:
    """Submit money spent on a project."""
    project = session.get(Project, project_id)
    if project is None:
        raise ToolError(f"project {project_id!r} not found")
    if project.status != "active":
        raise ToolError(f"project {project_id!r} is {project.status!r}; it must be 'active'")
    if project.balance < amount:
        raise ToolError(f"project {project_id!r}: balance is {project.balance!r}, {amount!r} needed")
    if session.get(Person, person_id) is None:
        raise ToolError(f"person {person_id!r} not found")
    project.balance = round(project.balance - amount, 2)
    session.add(project)
    expense = Expense(
        expense_id=new_id(session, Expense),
        project_id=project_id,
        person_id=person_id,
        category=category,
        amount=amount,
        status="submitted",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(expense)
    return expense
