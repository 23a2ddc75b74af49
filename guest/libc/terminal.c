/* ioctl: terminals, and what else has its calls there. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "layer.h"

/* The kernel's struct termios is the first part of musl's. There is one terminal, so its modes are kept here. */
struct modes {
	uint32_t input, output, control, local;
	uint8_t line, characters[19];
};

static struct modes modes = {
	.input = ICRNL | IXON | IUTF8,
	.output = OPOST | ONLCR,
	.control = CS8 | CREAD | B38400,
	.local = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.characters = { [VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4, [VMIN] = 1,
		[VSTART] = 17, [VSTOP] = 19, [VSUSP] = 26, [VREPRINT] = 18, [VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22 },
};

static long size(int fd, struct winsize *result)
{
	uint16_t rows_columns[4];
	uint32_t error = sallyport_winsize(fd, rows_columns);
	if (error) return failed(error);
	*result = (struct winsize){ .ws_row = rows_columns[0], .ws_col = rows_columns[1] };
	return 0;
}

static long set_flag(int fd, unsigned which, int flag, bool on)
{
	int now;
	uint32_t error = sallyport_flags(fd, which, -1, &now);
	if (error) return failed(error);
	return failed(sallyport_flags(fd, which, on ? now | flag : now & ~flag, &now));
}

static long get_modes(int fd, struct modes *result)
{
	uint32_t error = sallyport_isatty(fd);
	if (!error) *result = modes;
	return failed(error);
}

static long set_modes(int fd, const struct modes *wanted)
{
	uint32_t error = sallyport_isatty(fd);
	if (!error) modes = *wanted;
	return failed(error);
}

long layer_ioctl(int fd, unsigned request, void *argument)
{
	switch (request) {
	case TIOCGWINSZ:
		return size(fd, argument);
	case TCGETS:
		return get_modes(fd, argument);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_modes(fd, argument);
	case TIOCGPGRP: {
		uint32_t error = sallyport_isatty(fd);
		return failed(error ? error : sallyport_identity(6, argument));
	}
	case TCSBRK:
	case TCXONC:
	case TCFLSH:
		return failed(sallyport_isatty(fd));
	case FIONREAD:
		return failed(sallyport_available(fd, argument));
	case FIONBIO:
		return set_flag(fd, 0, O_NONBLOCK, *(const int *)argument != 0);
	case FIOCLEX:
		return set_flag(fd, 1, FD_CLOEXEC, true);
	case FIONCLEX:
		return set_flag(fd, 1, FD_CLOEXEC, false);
	default: {
		long bad = check_descriptor(fd);
		return bad ? bad : -ENOTTY;
	}
	}
}
