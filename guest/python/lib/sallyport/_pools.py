"""Pools of processes where there is one process: work is done when it is submitted, by who submits it.

As with pools of threads (_executor.py) every promise of a pool but one holds: nothing runs at the same time. What travels to
another process is a copy; so it is here: functions, arguments and results that cannot be pickled fail as they would.
"""

from multiprocessing.reduction import ForkingPickler


def _copied(value):
    return ForkingPickler.loads(ForkingPickler.dumps(value))


def adapt_executor(module):
    """Gives the ProcessPoolExecutor of concurrent.futures.process a submit() that works at once."""
    pool = module.ProcessPoolExecutor

    def submit(self, fn, /, *args, **kwargs):
        if self._broken:
            raise module.BrokenProcessPool(self._broken)
        if self._shutdown_thread:
            raise RuntimeError("cannot schedule new futures after shutdown")
        if self._initializer is not None:
            initializer, self._initializer = self._initializer, None
            try:
                initializer(*self._initargs)
            except Exception:
                module._base.LOGGER.critical("Exception in initializer:", exc_info=True)
                self._broken = "A child process terminated abruptly, the process pool is not usable anymore"
                raise module.BrokenProcessPool(self._broken) from None
        future = module._base.Future()
        future.set_running_or_notify_cancel()
        try:
            fn, args, kwargs = _copied((fn, args, kwargs))
        except Exception as error:
            future.set_exception(error)
            return future
        try:
            result = _copied(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(_copied(module._ExceptionWithTraceback(error, error.__traceback__)))
        else:
            future.set_result(result)
        return future

    submit.__doc__ = pool.submit.__doc__
    submit.__qualname__ = pool.submit.__qualname__
    submit.__module__ = pool.__module__
    pool.submit = submit


def adapt(module):
    """The same for multiprocessing.pool: Pool, and ThreadPool, which copies nothing."""
    pool = module.Pool

    def __init__(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, context=None):
        if processes is None:
            processes = module.os.process_cpu_count() or 1
        if processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if maxtasksperchild is not None and (not isinstance(maxtasksperchild, int) or maxtasksperchild <= 0):
            raise ValueError("maxtasksperchild must be a positive int or None")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._ctx = context or module.get_context()
        self._cache = {}
        self._processes = processes
        self._pool = [None] * processes
        self._state = module.RUN
        if initializer is not None:
            initializer(*initargs)

    def work(self, func, args, kwds):
        """What a worker answers: whether it went well, and the result or the exception."""
        travel = (lambda value: value) if isinstance(self, module.ThreadPool) else _copied
        try:
            func, args, kwds = travel((func, args, kwds))
        except Exception as error:
            return False, error
        try:
            result = func(*args, **kwds)
        except Exception as error:
            if travel is _copied and func is not module._helper_reraises_exception:
                error = module.ExceptionWithTraceback(error, error.__traceback__)
            answer = (False, error)
        else:
            answer = (True, result)
        try:
            return travel(answer)
        except Exception as error:
            return False, module.MaybeEncodingError(error, answer[1])

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        self._check_running()
        result = module.ApplyResult(self, callback, error_callback)
        result._set(0, work(self, func, args, kwds))
        return result

    def _map_async(self, func, iterable, mapper, chunksize=None, callback=None, error_callback=None):
        self._check_running()
        if not hasattr(iterable, "__len__"):
            iterable = list(iterable)
        if chunksize is None:
            chunksize, extra = divmod(len(iterable), self._processes * 4)
            chunksize += extra > 0
        if len(iterable) == 0:
            chunksize = 0
        batches = pool._get_tasks(func, iterable, chunksize)
        result = module.MapResult(self, chunksize, len(iterable), callback, error_callback=error_callback)
        for number, batch in enumerate(batches):
            result._set(number, work(self, mapper, (batch,), {}))
        return result

    def feed(self, result, func, iterable):
        length = 0
        for _, number, func, args, kwds in self._guarded_task_generation(result._job, func, iterable):
            result._set(number, work(self, func, args, kwds))
            length = number + 1
        result._set_length(length)
        return result

    def each(kind):
        def imap(self, func, iterable, chunksize=1):
            self._check_running()
            if chunksize < 1:
                raise ValueError(f"Chunksize must be 1+, not {chunksize:n}")
            if chunksize == 1:
                return feed(self, kind(self), func, iterable)
            batches = pool._get_tasks(func, iterable, chunksize)
            return (item for chunk in feed(self, kind(self), module.mapstar, batches) for item in chunk)

        return imap

    def close(self):
        if self._state == module.RUN:
            self._state = module.CLOSE

    def terminate(self):
        self._state = module.TERMINATE

    def join(self):
        if self._state == module.RUN:
            raise ValueError("Pool is still running")

    made = {
        "__init__": __init__,
        "apply_async": apply_async,
        "_map_async": _map_async,
        "imap": each(module.IMapIterator),
        "imap_unordered": each(module.IMapUnorderedIterator),
        "close": close,
        "terminate": terminate,
        "join": join,
    }
    for name, function in made.items():
        replaced = getattr(pool, name)
        function.__doc__, function.__name__ = replaced.__doc__, name
        function.__qualname__, function.__module__ = replaced.__qualname__, replaced.__module__
        setattr(pool, name, function)
