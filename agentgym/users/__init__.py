"""The user an agent talks to. ``ScriptedUser`` needs no model: it answers by rules, from its task's facts."""

from agentgym.users.scripted import PATIENCE as PATIENCE
from agentgym.users.scripted import ScriptedUser as ScriptedUser
from agentgym.users.user import Reply as Reply
from agentgym.users.user import Sight as Sight
from agentgym.users.user import User as User
from agentgym.users.user import UserFactory as UserFactory
