// Command sluice receives what Python's and Go's logging handlers send and writes
// it to files that rotate; beside that it sends sample records and puts a pipe
// into a rotating file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// The exit statuses.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// world is what a command works with, so that tests can bring their own.
type world struct {
	ctx            context.Context // ends with the first SIGINT or SIGTERM
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError is a mistake in the command line that kong could not see.
type usageError struct{ error }

// statusError is an exit status of which all is said already.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

type commands struct {
	Serve   serveCmd         `cmd:"" help:"Receive records and write them to a rotating file."`
	Send    sendCmd          `cmd:"" help:"Send sample records, as Python's SocketHandler would."`
	Pipe    pipeCmd          `cmd:"" help:"Write standard input to a rotating file, line by line."`
	Check   checkCmd         `cmd:"" help:"Check a configuration, draw it, and warn of what will surprise."`
	Init    initCmd          `cmd:"" help:"Print a commented configuration to begin with."`
	Version kong.VersionFlag `help:"Print the version and exit."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(os.Args[1:], world{ctx, os.Stdin, os.Stdout, os.Stderr}))
}

// run runs the command that args name and gives the exit status.
func run(args []string, w world) (status int) {
	var cmds commands
	// kong ends the process after --help and --version; here that is an answer
	// like others.
	type exited int
	defer func() {
		if e := recover(); e != nil {
			code, ok := e.(exited)
			if !ok {
				panic(e)
			}
			status = int(code)
		}
	}()
	parser, err := kong.New(&cmds,
		kong.Name("sluice"),
		kong.Description("Python's logging.handlers for Go, and a safe receiver for both."),
		kong.Writers(w.stdout, w.stderr),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"version": version()},
	)
	if err != nil {
		fmt.Fprintf(w.stderr, "sluice: %v\n", err)
		return exitFailure
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(w.stderr, "sluice: %v (see %s --help)\n", err, commandOf(err))
		return exitUsage
	}
	if err := command.Run(w); err != nil {
		var told statusError
		if errors.As(err, &told) {
			return int(told)
		}
		fmt.Fprintf(w.stderr, "sluice: %v\n", err)
		var usage usageError
		if errors.As(err, &usage) {
			return exitUsage
		}
		return exitFailure
	}
	return exitOK
}

// outliveReaders is for a command that writes records: who reads what it prints may go,
// and that is an error of the printing, where by default it ends the program.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }

// commandOf gives the command in whose flags kong found a mistake.
func commandOf(err error) string {
	var at *kong.ParseError
	if errors.As(err, &at) {
		if c := at.Context.Selected(); c != nil {
			return "sluice " + c.Name
		}
	}
	return "sluice"
}

// version is that of the module, "(devel)" where it was built from a work tree.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "sluice (unknown version)"
	}
	return "sluice " + info.Main.Version
}
