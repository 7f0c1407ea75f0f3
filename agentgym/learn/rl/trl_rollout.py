"""The one place that knows TRL's experimental ``rollout_func``: episodes with a user inside GRPOTrainer.

    starts = starts_in(folders)
    rows = Dataset.from_list(UserRollouts.rows(starts))
    GRPOTrainer(model, rollout_reward, args, rows, rollout_func=UserRollouts(starts), ...)

TRL gives a rollout function the prompts of a batch, each as often as its group has members, and takes back ids,
log-probabilities, a mask of what the model sampled, and anything else for the reward functions. A prompt here only
names the episode: its words come from the user. tests/test_grpo.py holds TRL to what is used of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from agentgym.episode import Terms
from agentgym.errors import RunError
from agentgym.learn.rl.dialogue import ChatDialogue
from agentgym.learn.rl.policy import Limits, Sampled
from agentgym.learn.rl.rewards import Shaping
from agentgym.learn.rl.rollout import Start, earned, play_together
from agentgym.learn.rl.sampling import generate

if TYPE_CHECKING:
    from agentgym.learn.chat import ChatTemplate


class UserRollouts:
    """A ``rollout_func``: plays the episodes that a batch names with the policy as it is, all at once."""

    def __init__(
        self,
        starts: Sequence[Start],
        *,
        template: ChatTemplate | None = None,
        terms: Terms | None = None,
        shaping: Shaping | None = None,
        longest_turn: int | None = None,
    ) -> None:
        """``template``: None takes what ``training_template`` finds for the trainer's tokenizer.

        ``longest_turn``: tokens of one turn of the policy, at most; None leaves it what its episode has left of the
        trainer's ``max_completion_length``.
        """
        self._starts = {start.name: start for start in starts}
        self._template = template
        self._terms = terms or Terms()
        self._shaping = shaping or Shaping()
        self._longest_turn = longest_turn
        self._dialogue: ChatDialogue | None = None

    @staticmethod
    def rows(starts: Iterable[Start]) -> list[dict[str, str]]:
        """The rows of a data set: ``prompt``, the name of an episode, and its ``domain`` and ``task``."""
        return [{"prompt": start.name, "domain": start.task.domain, "task": start.task.id} for start in starts]

    def __call__(self, prompts: list[str], trainer: Any) -> dict[str, list[Any]]:
        """As TRL says: ``prompt_ids``, ``completion_ids``, ``logprobs`` and ``env_mask``, one of each a prompt.

        ``episode_reward`` (None where the user, not the policy, has failed), ``episode_turns`` and ``episode_finished``
        go to ``rollout_reward``. Raises ``RunError`` for a prompt that names no episode, and as ``play_together``.
        """
        unknown = sorted(set(prompts) - set(self._starts))
        if unknown:
            raise RunError(f"no episode is named {unknown[0]!r}; train on the rows of this rollout function")
        rollouts = play_together(
            [self._starts[name] for name in prompts],
            self._speaks(trainer),
            TrainerSampler(trainer),
            terms=self._terms,
            limits=Limits(trainer.args.max_completion_length, self._longest_turn),
        )
        return {
            "prompt_ids": [rollout.prompt for rollout in rollouts],
            "completion_ids": [rollout.completion for rollout in rollouts],
            "logprobs": [rollout.logprobs for rollout in rollouts],
            "env_mask": [rollout.mask for rollout in rollouts],
            "episode_reward": [earned(rollout, self._shaping) for rollout in rollouts],
            "episode_turns": [rollout.turns for rollout in rollouts],
            "episode_finished": [float(rollout.trajectory.stop != "agent_error") for rollout in rollouts],
        }

    def _speaks(self, trainer: Any) -> ChatDialogue:
        """The dialogue in the trainer's tokens, made at the first call."""
        if self._dialogue is None:
            from agentgym.learn.chat import training_template

            _check(trainer)
            tokenizer = trainer.processing_class
            dialogue = ChatDialogue(tokenizer, self._template or training_template(tokenizer))
            if dialogue.end not in trainer.eos_token_ids:
                raise RunError(
                    f"generation ends at the tokens {trainer.eos_token_ids}, a turn of the template at {dialogue.end}; "
                    f"set the tokenizer's eos_token to {dialogue.text([dialogue.end])!r}"
                )
            self._dialogue = dialogue
        return self._dialogue


def _check(trainer: Any) -> None:
    """Raises ``RunError`` where the trainer generates in a way that is not served here."""
    if trainer.args.use_transformers_continuous_batching:
        raise RunError("use_transformers_continuous_batching gives no log-probabilities; leave it off, or use vLLM")
    if trainer.is_fsdp_enabled and not trainer.use_vllm:
        raise RunError("transformers cannot generate with weights sharded by FSDP; use vLLM, or DeepSpeed")


def rollout_reward(
    completions: Sequence[Any],
    episode_reward: list[float | None],
    episode_turns: list[int],
    episode_finished: list[float],
    log_metric: Any = None,
    **_: Any,
) -> list[float | None]:
    """The reward function that goes with ``UserRollouts``: what the episodes have earned."""
    if log_metric is not None:
        log_metric("episodes/turns", sum(episode_turns) / len(completions))
        log_metric("episodes/finished", sum(episode_finished) / len(completions))
    return episode_reward


class TrainerSampler:
    """Generates with the policy of a GRPOTrainer: by vLLM where it has one, else by transformers.

    Several processes generate in step, as many rows in each: they may share an engine or hold parts of the weights, and
    one whose episodes are over would leave the others waiting for ever.
    """

    def __init__(self, trainer: Any) -> None:
        self._trainer = trainer

    def goes_on(self, asking: bool) -> bool:
        (any_asking,) = self._most(int(asking))
        return any_asking > 0

    def sample(self, prefixes: list[list[int]], room: int) -> list[Sampled]:
        rows, room = self._most(len(prefixes), room)
        idle = [prefixes[0] if prefixes else [self._trainer.eos_token_ids[0]]] * (rows - len(prefixes))
        generate_turns = self._by_vllm if self._trainer.use_vllm else self._by_transformers
        return generate_turns([*prefixes, *idle], room)[: len(prefixes)]

    def _most(self, *numbers: int) -> Sequence[int]:
        """The greatest of each number among all processes."""
        accelerator = self._trainer.accelerator
        if accelerator.num_processes == 1:
            return numbers
        import torch

        mine = torch.tensor([numbers], device=accelerator.device)
        return [int(number) for number in accelerator.gather(mine).amax(0)]

    def _by_vllm(self, prefixes: list[list[int]], room: int) -> list[Sampled]:
        engine = self._trainer.vllm_generation
        longest = engine.max_completion_length  # it is read at every call, and by others than us
        engine.max_completion_length = room
        try:
            _, ids, logprobs, _ = engine.generate(prompts=prefixes, images=None, num_generations=1)
        finally:
            engine.max_completion_length = longest
        return [
            Sampled(list(turn), [math.nan if first is None else first for first, *_ in scores])  # None: not a number
            for turn, scores in zip(ids, logprobs, strict=True)
        ]

    def _by_transformers(self, prefixes: list[list[int]], room: int) -> list[Sampled]:
        from trl.models import unwrap_model_for_generation

        trainer = self._trainer
        with unwrap_model_for_generation(
            trainer.model_wrapped,
            trainer.accelerator,
            gather_deepspeed3_params=trainer.args.ds3_gather_for_generation,
            generation_kwargs=trainer.generation_kwargs,
            gradient_checkpointing_kwargs=trainer.args.gradient_checkpointing_kwargs,
        ) as model:
            return generate(model, prefixes, trainer.generation_config, room)
