package writer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
)

// ErrDied says that the process ended without being asked to.
var ErrDied = errors.New("the writer died")

// Process is a contender at work. Its lines go into the ledger as it answers.
// Its methods are for one goroutine, but Kill and Answers.
type Process struct {
	spec    Spec
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers chan answer // the last ones of commands
	taken   atomic.Int64
	pauses  pauses
	next    int
	stderr  tail
}

// answer ends a command: what it gave, or why it failed.
type answer struct {
	text string
	err  error
}

// Start starts the contender. Wrap, if any, is the command line that runs its
// command line: strace, setpriv.
func Start(ctx context.Context, e *fault.Env, l *balance.Ledger, s Spec, wrap ...string) (*Process, error) {
	line, err := command(e, s)
	if err != nil {
		return nil, err
	}
	p := &Process{spec: s, cmd: e.Command(ctx, append(wrap, line...)), answers: make(chan answer, 1)}
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.listen(out, l)
	if _, err := p.finish(); err != nil { // that it has opened the file
		return nil, errors.Join(fmt.Errorf("open %s: %w", s.Path, err), p.Wait())
	}
	return p, nil
}

func command(e *fault.Env, s Spec) ([]string, error) {
	spec, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if s.Kind == Rotating || s.Kind == Watched {
		return []string{"python3", "-u", "-c", script, string(spec)}, nil
	}
	return e.Child("writer", string(spec)), nil
}

// listen takes the answers: "+ 17" and "- 18" for lines, "= text" and "! error"
// for commands.
func (p *Process) listen(out io.Reader, l *balance.Ledger) {
	defer close(p.answers)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		kind, rest, _ := strings.Cut(lines.Text(), " ")
		switch kind {
		case "+", "-":
			seq, err := strconv.Atoi(rest)
			if err != nil {
				p.answers <- answer{err: fmt.Errorf("the writer answers %q", lines.Text())}
				return
			}
			id := balance.ID{Producer: p.spec.Producer, Seq: seq}
			if kind == "+" {
				l.Accept(id)
				p.pauses.accepted(time.Now())
			} else {
				l.Refuse(id)
			}
			p.taken.Add(1)
		case "=":
			p.answers <- answer{text: rest}
		default:
			p.answers <- answer{err: errors.New(rest)}
		}
	}
}

// finish waits for the end of the command at hand.
func (p *Process) finish() (string, error) {
	a, ok := <-p.answers
	if !ok {
		return "", ErrDied
	}
	return a.text, a.err
}

func (p *Process) order(format string, args ...any) error {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return fmt.Errorf("%w: %w", ErrDied, err)
	}
	return nil
}

// Answers is how many lines it has answered.
func (p *Process) Answers() int { return int(p.taken.Load()) }

// Accepted is how many lines it has accepted.
func (p *Process) Accepted() int { return p.pauses.lines() }

// Gaps are the times in which no line was accepted, from the first line on.
func (p *Process) Gaps() []Gap { return p.pauses.all(time.Now()) }

// Begin has n lines written, with a pause after every 16 of a goroutine, and does
// not wait for that.
func (p *Process) Begin(n int, pause time.Duration) error {
	err := p.order("write %d %d %d", p.next, n, pause.Microseconds())
	p.next += n
	return err
}

// Finish waits for what Begin began.
func (p *Process) Finish() error {
	_, err := p.finish()
	return err
}

// Write has n lines written.
func (p *Process) Write(n int) error {
	if err := p.Begin(n, 0); err != nil {
		return err
	}
	return p.Finish()
}

// Pid is the process's, if nothing was put in front of its command line.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// From sets the number of the next line: for a process that goes on where another
// one was killed.
func (p *Process) From(seq int) { p.next = seq }

// Next is the number of the next line.
func (p *Process) Next() int { return p.next }

// Roll has the file rolled over.
func (p *Process) Roll() error {
	if err := p.order("roll"); err != nil {
		return err
	}
	return p.Finish()
}

// Stats asks sluice for its counters; the others have none.
func (p *Process) Stats() (s Stats, err error) {
	if !p.spec.Ours() {
		return s, nil
	}
	if err := p.order("stats"); err != nil {
		return s, err
	}
	text, err := p.finish()
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(text), &s)
}

// Close has the file closed, and waits for the process.
func (p *Process) Close() error {
	_, err := p.CloseStats()
	return err
}

// CloseStats is Close, and gives sluice's counters after it.
func (p *Process) CloseStats() (s Stats, err error) {
	if err := p.order("close"); err != nil {
		return s, errors.Join(err, p.Wait())
	}
	text, err := p.finish()
	if err == nil && p.spec.Ours() {
		err = json.Unmarshal([]byte(text), &s)
	}
	return s, errors.Join(err, p.Wait())
}

// PeakMemory is the most memory that the process has had at once, in bytes.
func (p *Process) PeakMemory() (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid()))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		return 0, fmt.Errorf("VmHWM of %d: %w", p.Pid(), err)
	}
	return kib << 10, nil
}

// Kill ends the process, and waits for it. What it had answered counts.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	_ = p.reap()
}

// Wait waits for a process that ends by itself.
func (p *Process) Wait() error {
	if err := p.reap(); err != nil {
		return fmt.Errorf("%s: %w: %s", p.spec.Kind, err, p.stderr.String())
	}
	return nil
}

func (p *Process) reap() error {
	_ = p.in.Close()
	for range p.answers { // every answer counts, also of one that is dead
	}
	return p.cmd.Wait()
}
