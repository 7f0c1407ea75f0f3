"""Tools of the issue tracking domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Clock, Comment, Issue, Project, Sprint, User

IssueType = Literal["bug", "task", "story", "improvement"]
Priority = Literal["low", "medium", "high", "critical"]
ProjectStatus = Literal["active", "archived"]
Resolution = Literal["fixed", "duplicate", "wont_fix", "cannot_reproduce"]
SprintStatus = Literal["planned", "active", "completed"]
Status = Literal["open", "in_progress", "closed"]


@write
def add_comment(session: Session, issue_id: str, author_user_id: str, body: str) -> Comment:
    """Add a comment to an issue."""
    if session.get(Issue, issue_id) is None:
        raise ToolError(f"issue {issue_id!r} not found")
    if session.get(User, author_user_id) is None:
        raise ToolError(f"user {author_user_id!r} not found")
    comment = Comment(
        comment_id=new_id(session, Comment),
        issue_id=issue_id,
        author_user_id=author_user_id,
        body=body,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(comment)
    return comment


@write
def archive_project(session: Session, project_id: str) -> Project:
    """Archive a project."""
    project = session.get(Project, project_id)
    if project is None:
        raise ToolError(f"project {project_id!r} not found")
    if project.status != "active":
        raise ToolError(f"project {project_id!r} is {project.status!r}; it must be 'active'")
    project.status = "archived"
    session.add(project)
    return project


@write
def assign_issue(session: Session, issue_id: str, assignee_user_id: str) -> Issue:
    """Assign an issue to a user."""
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise ToolError(f"issue {issue_id!r} not found")
    if issue.status not in ("open", "in_progress"):
        raise ToolError(f"issue {issue_id!r} is {issue.status!r}; it must be 'open' or 'in_progress'")
    assignee_user = session.get(User, assignee_user_id)
    if assignee_user is None:
        raise ToolError(f"user {assignee_user_id!r} not found")
    if assignee_user.status != "active":
        raise ToolError(f"user {assignee_user_id!r} is {assignee_user.status!r}; it must be 'active'")
    issue.assignee_user_id = assignee_user_id
    session.add(issue)
    return issue


@write
def assign_issue_to_sprint(session: Session, issue_id: str, sprint_id: str) -> Issue:
    """Plan an issue for a sprint."""
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise ToolError(f"issue {issue_id!r} not found")
    if issue.status not in ("open", "in_progress"):
        raise ToolError(f"issue {issue_id!r} is {issue.status!r}; it must be 'open' or 'in_progress'")
    if session.get(Sprint, sprint_id) is None:
        raise ToolError(f"sprint {sprint_id!r} not found")
    issue.sprint_id = sprint_id
    session.add(issue)
    return issue


@write
def close_issue(session: Session, issue_id: str, resolution: Resolution) -> Issue:
    """Close an issue with a resolution."""
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise ToolError(f"issue {issue_id!r} not found")
    if issue.status not in ("open", "in_progress"):
        raise ToolError(f"issue {issue_id!r} is {issue.status!r}; it must be 'open' or 'in_progress'")
    issue.resolution = resolution
    issue.status = "closed"
    session.add(issue)
    return issue


@write
def complete_sprint(session: Session, sprint_id: str) -> Sprint:
    """Complete a sprint."""
    sprint = session.get(Sprint, sprint_id)
    if sprint is None:
        raise ToolError(f"sprint {sprint_id!r} not found")
    if sprint.status != "active":
        raise ToolError(f"sprint {sprint_id!r} is {sprint.status!r}; it must be 'active'")
    sprint.status = "completed"
    session.add(sprint)
    return sprint


@read
def count_issues(
    session: Session,
    project_id: str,
    assignee_user_id: str | None = None,
    status: Status | None = None,
    priority: Priority | None = None,
) -> int:
    """Count the issues of a project, optionally only those of one assignee, status or priority."""
    if session.get(Project, project_id) is None:
        raise ToolError(f"project {project_id!r} not found")
    query = select(Issue).where(Issue.project_id == project_id)
    if assignee_user_id is not None:
        query = query.where(Issue.assignee_user_id == assignee_user_id)
    if status is not None:
        query = query.where(Issue.status == status)
    if priority is not None:
        query = query.where(Issue.priority == priority)
    return len(session.exec(query).all())


@write
def create_issue(
    session: Session,
    project_id: str,
    reporter_user_id: str,
    title: str,
    description: str | None = None,
    issue_type: IssueType = "task",
    priority: Priority = "medium",
    estimated_hours: int | None = None,
) -> Issue:
    """Create an issue in a project."""
    project = session.get(Project, project_id)
    if project is None:
        raise ToolError(f"project {project_id!r} not found")
    if project.status != "active":
        raise ToolError(f"project {project_id!r} is {project.status!r}; it must be 'active'")
    if session.get(User, reporter_user_id) is None:
        raise ToolError(f"user {reporter_user_id!r} not found")
    issue = Issue(
        issue_id=new_id(session, Issue),
        project_id=project_id,
        reporter_user_id=reporter_user_id,
        title=title,
        description=description,
        issue_type=issue_type,
        priority=priority,
        estimated_hours=estimated_hours,
        status="open",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(issue)
    return issue


@write
def create_project(session: Session, name: str, lead_user_id: str, summary: str | None = None) -> Project:
    """Create a project."""
    lead_user = session.get(User, lead_user_id)
    if lead_user is None:
        raise ToolError(f"user {lead_user_id!r} not found")
    if lead_user.status != "active":
        raise ToolError(f"user {lead_user_id!r} is {lead_user.status!r}; it must be 'active'")
    project = Project(
        project_id=new_id(session, Project),
        name=name,
        summary=summary,
        lead_user_id=lead_user_id,
        status="active",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(project)
    return project


@write
def create_sprint(session: Session, project_id: str, goal: str, start_date: str, duration_weeks: int = 2) -> Sprint:
    """Create a sprint in a project."""
    project = session.get(Project, project_id)
    if project is None:
        raise ToolError(f"project {project_id!r} not found")
    if project.status != "active":
        raise ToolError(f"project {project_id!r} is {project.status!r}; it must be 'active'")
    sprint = Sprint(
        sprint_id=new_id(session, Sprint),
        project_id=project_id,
        goal=goal,
        start_date=start_date,
        duration_weeks=duration_weeks,
        status="planned",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(sprint)
    return sprint


@write
def delete_comment(session: Session, comment_id: str) -> Comment:
    """Delete a comment."""
    comment = session.get(Comment, comment_id)
    if comment is None:
        raise ToolError(f"comment {comment_id!r} not found")
    session.delete(comment)
    return comment


@read
def find_user_by_email(session: Session, email: str) -> User:
    """Find the user with an email address."""
    query = select(User).where(User.email == email).order_by(User.user_id)
    user = session.exec(query).first()
    if user is None:
        raise ToolError(f"no user matches email {email!r}")
    return user


@read
def get_issue(session: Session, issue_id: str) -> Issue:
    """Get an issue with its people, priority, labels, status and resolution."""
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise ToolError(f"issue {issue_id!r} not found")
    return issue


@read
def list_comments(session: Session, issue_id: str, author_user_id: str | None = None, limit: int = 20) -> list[Comment]:
    """List the comments on an issue, optionally only those by one user."""
    if session.get(Issue, issue_id) is None:
        raise ToolError(f"issue {issue_id!r} not found")
    query = select(Comment).where(Comment.issue_id == issue_id).order_by(Comment.comment_id)
    if author_user_id is not None:
        query = query.where(Comment.author_user_id == author_user_id)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_issues(
    session: Session,
    project_id: str | None = None,
    sprint_id: str | None = None,
    assignee_user_id: str | None = None,
    reporter_user_id: str | None = None,
    status: Status | None = None,
    priority: Priority | None = None,
    limit: int = 20,
) -> list[Issue]:
    """List issues, optionally only those of one project, sprint, assignee, reporter, status or priority."""
    query = select(Issue).order_by(Issue.issue_id)
    if project_id is not None:
        query = query.where(Issue.project_id == project_id)
    if sprint_id is not None:
        query = query.where(Issue.sprint_id == sprint_id)
    if assignee_user_id is not None:
        query = query.where(Issue.assignee_user_id == assignee_user_id)
    if reporter_user_id is not None:
        query = query.where(Issue.reporter_user_id == reporter_user_id)
    if status is not None:
        query = query.where(Issue.status == status)
    if priority is not None:
        query = query.where(Issue.priority == priority)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_projects(
    session: Session,
    lead_user_id: str | None = None,
    status: ProjectStatus | None = None,
    limit: int = 20,
) -> list[Project]:
    """List projects, optionally only those led by one user or with one status."""
    query = select(Project).order_by(Project.project_id)
    if lead_user_id is not None:
        query = query.where(Project.lead_user_id == lead_user_id)
    if status is not None:
        query = query.where(Project.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_sprints(
    session: Session,
    project_id: str,
    status: SprintStatus | None = None,
    limit: int = 20,
) -> list[Sprint]:
    """List the sprints of a project, optionally only those with one status."""
    if session.get(Project, project_id) is None:
        raise ToolError(f"project {project_id!r} not found")
    query = select(Sprint).where(Sprint.project_id == project_id).order_by(Sprint.sprint_id)
    if status is not None:
        query = query.where(Sprint.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def reopen_issue(session: Session, issue_id: str) -> Issue:
    """Reopen a closed issue."""
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise ToolError(f"issue {issue_id!r} not found")
    if issue.status != "closed":
        raise ToolError(f"issue {issue_id!r} is {issue.status!r}; it must be 'closed'")
    issue.status = "open"
    session.add(issue)
    return issue


@read
def search_issues(
    session: Session,
    query_: str,
    project_id: str | None = None,
    issue_type: IssueType | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 20,
) -> list[Issue]:
    """Search issues by title, optionally only those of one project, of one kind or reported in a period."""
    query = select(Issue).where(Issue.title.icontains(query_, autoescape=True)).order_by(Issue.issue_id)
    if project_id is not None:
        query = query.where(Issue.project_id == project_id)
    if issue_type is not None:
        query = query.where(Issue.issue_type == issue_type)
    if created_after is not None:
        query = query.where(Issue.created_at >= created_after)
    if created_before is not None:
        query = query.where(Issue.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def start_issue(session: Session, issue_id: str) -> Issue:
    """Start work on an issue."""
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise ToolError(f"issue {issue_id!r} not found")
    if issue.status != "open":
        raise ToolError(f"issue {issue_id!r} is {issue.status!r}; it must be 'open'")
    issue.status = "in_progress"
    session.add(issue)
    return issue


@write
def start_sprint(session: Session, sprint_id: str) -> Sprint:
    """Start a sprint."""
    sprint = session.get(Sprint, sprint_id)
    if sprint is None:
        raise ToolError(f"sprint {sprint_id!r} not found")
    if sprint.status != "planned":
        raise ToolError(f"sprint {sprint_id!r} is {sprint.status!r}; it must be 'planned'")
    sprint.status = "active"
    session.add(sprint)
    return sprint


@write
def update_issue(
    session: Session,
    issue_id: str,
    title: str | None = None,
    description: str | None = None,
    priority: Priority | None = None,
    estimated_hours: int | None = None,
    labels: list[str] | None = None,
) -> Issue:
    """Update an issue's fields."""
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise ToolError(f"issue {issue_id!r} not found")
    if title is None and description is None and priority is None and estimated_hours is None and labels is None:
        raise ToolError("nothing to change; give title or description or priority or estimated_hours or labels")
    if title is not None:
        issue.title = title
    if description is not None:
        issue.description = description
    if priority is not None:
        issue.priority = priority
    if estimated_hours is not None:
        issue.estimated_hours = estimated_hours
    if labels is not None:
        issue.labels = labels
    session.add(issue)
    return issue
