"""An agent of rules that sees only what an agent sees: tools, policy, what the user says and what tools answer."""

from agentgym.play.agents.planner.agent import PlannerAgent as PlannerAgent
from agentgym.play.agents.planner.agent import planner as planner
