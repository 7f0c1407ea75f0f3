"""One try at one question, through litellm. Everything that knows litellm's ways is in this module."""

from __future__ import annotations

import json
import logging
import os
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from agentgym.errors import BadAnswer, LLMError, RequestRejected
from agentgym.llm.answers import completion
from agentgym.llm.options import Options
from agentgym.llm.protocol import censored
from agentgym.llm.records import Chat, Completion, Request

_OPENAI = "any server that speaks OpenAI's protocol goes by openai/<name> with its address as api_base"
_NO_KEY = "none"  # what a local server, which wants no key, is sent as one


class Provider:
    """Asks endpoints through a transport of ours. It lives in one event loop."""

    def __init__(self, options: Options) -> None:
        """Raises ``LLMError`` where the key that ``options`` name is not set."""
        from httpx import AsyncClient

        from agentgym.llm.wire import Transport

        self._options = options
        self._key = options.key()
        transport = Transport(options.max_bytes, options.concurrency)
        self._http = AsyncClient(transport=transport, follow_redirects=False, timeout=None, trust_env=False)
        self._clients: dict[str, Any] = {}  # what litellm sends through, by provider

    async def aclose(self) -> None:
        await self._http.aclose()

    async def ask(self, request: Request) -> tuple[Completion | LLMError, dict[str, str]]:
        """The answer, or what went wrong; and the headers that came with it, where any did."""
        from agentgym.llm.wire import EXCHANGE, Exchange

        name = f"{request.model} at {endpoint(request, self._options)}"
        exchange = Exchange(name)
        token = EXCHANGE.set(exchange)
        try:
            answer = completion(await self._send(request), name)
            return (answer if exchange.status else _bypassed(name)), exchange.headers
        except LLMError as error:
            return error, exchange.headers
        except Exception as error:  # litellm raises a class of its own, or of a client's, for everything
            return exchange.failure or _failed(name, error, exchange.status, (self._key,)), exchange.headers
        finally:
            EXCHANGE.reset(token)

    async def _send(self, request: Request) -> Any:
        """litellm's answer. Raises whatever litellm, or a client under it, raises."""
        litellm = quiet_litellm()
        return await litellm.acompletion(
            model=request.model,
            messages=[_sent(message) for message in request.messages],
            tools=list(request.tools) or None,
            temperature=request.temperature,
            top_p=request.top_p,
            max_tokens=request.max_tokens,
            seed=request.seed,
            stop=list(request.stop) or None,
            **request.extra,
            client=self._client(litellm, request.model),
            api_base=self._options.api_base or None,
            api_key=self._key or (_NO_KEY if self._options.api_base else None),
            drop_params=True,  # what a provider does not know, such as a seed, is no reason to fail
            num_retries=0,
            max_retries=0,
        )

    def _client(self, litellm: Any, model: str) -> Any:
        """What litellm shall send through: OpenAI's client for its protocol, an HTTP handler for other providers'."""
        provider = litellm.get_llm_provider(model, api_base=self._options.api_base or None)[1]
        if provider not in self._clients:
            self._clients[provider] = self._openai() if provider == "openai" else self._handler()
        return self._clients[provider]

    def _openai(self) -> Any:
        from openai import AsyncOpenAI

        base = self._options.api_base or None
        key = self._key or (_NO_KEY if base else os.environ.get("OPENAI_API_KEY", _NO_KEY))
        return AsyncOpenAI(api_key=key, base_url=base, max_retries=0, http_client=self._http)

    def _handler(self) -> Any:
        from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

        handler = AsyncHTTPHandler.__new__(AsyncHTTPHandler)  # its __init__ opens a client of its own
        handler.timeout, handler.event_hooks, handler.client_alias = None, None, None
        handler.client = self._http
        return handler


def _failed(name: str, error: Exception, status: int | None, secrets: tuple[str, ...]) -> LLMError:
    """litellm's own failure: before it asked, such as for a provider it does not know, or when it read the answer."""
    words = f"{type(error).__name__}: {censored(str(error), secrets)}"
    if status is not None:
        return BadAnswer(f"{name} answers {status} with what litellm cannot read ({words}); {_OPENAI}")
    return RequestRejected(f"{name} was not asked ({words}); {_OPENAI}")


def _bypassed(name: str) -> LLMError:
    """An answer that did not come through our transport: nothing has capped or checked it."""
    return RequestRejected(f"{name} was asked by litellm in a way that has no limits; {_OPENAI}")


def endpoint(request: Request, options: Options) -> str:
    """The host that is asked, without user, key or path: for messages."""
    parts = urlsplit(options.api_base)
    place = parts.hostname or ""
    if place and parts.port:
        place = f"{place}:{parts.port}"
    return place or f"its provider ({request.model.partition('/')[0]})"


@cache
def quiet_litellm() -> Any:
    """litellm, imported so that it calls nobody, reads no .env file, and says nothing on its own."""
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")  # else it loads the .env file of the working directory
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it fetches prices from GitHub at import
    os.environ.setdefault("LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS", "True")  # the same for these
    try:
        import litellm
    except ImportError as error:
        raise LLMError(f"asking a model needs litellm ({error}); pip install 'envscale[llm]'") from error
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    return litellm


def _sent(message: Chat) -> Chat:
    """A copy, since litellm edits what it is given."""
    copy: Chat = json.loads(json.dumps(message))
    return copy
