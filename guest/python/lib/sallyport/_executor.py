"""Thread pools where there are no threads: work is done when it is submitted, by who submits it.

What a pool promises holds: every future gets its result or exception, results of map() come in order, initializers run first.
Nothing runs at the same time, as under one busy thread. asyncio.to_thread() and run_in_executor() use such a pool.
"""


def adapt(module):
    """Gives the ThreadPoolExecutor of concurrent.futures.thread a submit() that works at once."""
    pool = module.ThreadPoolExecutor

    def submit(self, fn, /, *args, **kwargs):
        if self._broken:
            raise module.BrokenThreadPool(self._broken)
        if self._shutdown:
            raise RuntimeError("cannot schedule new futures after shutdown")
        if self._initializer is not None:
            initializer, self._initializer = self._initializer, None
            try:
                initializer(*self._initargs)
            except BaseException:
                module._base.LOGGER.critical("Exception in initializer:", exc_info=True)
                self._initializer_failed()
                raise module.BrokenThreadPool(self._broken) from None
        future = module._base.Future()
        module._WorkItem(future, fn, args, kwargs).run()
        return future

    submit.__doc__ = pool.submit.__doc__
    submit.__qualname__ = pool.submit.__qualname__
    submit.__module__ = pool.__module__
    pool.submit = submit


def _copy(done, later):
    if later.done():
        return
    if done.cancelled():
        later.cancel()
    elif (exception := done.exception()) is not None:
        later.set_exception(exception)
    else:
        later.set_result(done.result())


def adapt_loop(loop):
    """Gives asyncio's BaseEventLoop an end of its own pool that needs no thread to wait in.

    What a pool did is there at once, but who awaits it expects that others get their turn meanwhile.
    """
    run = loop.run_in_executor

    def run_in_executor(self, executor, func, *args):
        done = run(self, executor, func, *args)
        if not done.done():
            return done
        later = self.create_future()
        self.call_soon(_copy, done, later)
        return later

    run_in_executor.__doc__ = run.__doc__
    run_in_executor.__qualname__ = run.__qualname__
    loop.run_in_executor = run_in_executor

    async def shutdown_default_executor(self, timeout=None):
        self._executor_shutdown_called = True
        if self._default_executor is not None:
            self._default_executor.shutdown(wait=True)

    shutdown_default_executor.__doc__ = loop.shutdown_default_executor.__doc__
    loop.shutdown_default_executor = shutdown_default_executor
