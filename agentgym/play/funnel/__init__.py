"""The three-stage funnel from played episodes to training data (paper 3.1).

Validity keeps well-formed, complete episodes; state alignment those whose writes leave the gold state; exact match
those read-only ones whose calls are the gold calls. Calls that a tool refused on the way are kept: a model learns to
recover from them. A stored reward or difference is not trusted: the calls are replayed in a fresh world, and their
answers and the state they leave must be the stored ones. What was said is judged by its form, and by whether it tells
the user what they asked to be told.
"""

from agentgym.play.funnel.judge import judge as judge
from agentgym.play.funnel.judge import kept as kept
from agentgym.play.funnel.many import Judged as Judged
from agentgym.play.funnel.many import funnel as funnel
from agentgym.play.funnel.many import judged_lines as judged_lines
from agentgym.play.funnel.many import slices as slices
from agentgym.play.funnel.tally import STAGES as STAGES
from agentgym.play.funnel.tally import Counts as Counts
from agentgym.play.funnel.tally import Tally as Tally
