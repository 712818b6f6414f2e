package parsers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
)

const (
	mostTime     = 10 * time.Millisecond // for an input, and as much again for each piece
	piece        = 16 << 10
	mostMemory   = 16 << 20 // bytes allocated for an input
	memoryFactor = 100      // and for each of its bytes
	goodEvery    = 1000     // inputs
	batch        = 64       // inputs whose memory is looked at together
	mostFindings = 10
)

// runner feeds one parser.
type runner struct {
	parser
	*session
	m        *mutator
	dir      string
	ledger   balance.Ledger
	result   balance.Result // what is found on the way
	answers  map[string]int
	bytes    int64
	inputs   int
	read     int
	slowest  time.Duration
	largest  uint64 // bytes allocated for one input, where that was looked at
	together uint64 // bytes allocated for a batch
	last     [][]byte
	lastSize int
	before   uint64
}

func runOf(p parser) fault.Run {
	return func(ctx context.Context, e *fault.Env) (balance.Result, error) { return run(ctx, e, p) }
}

func run(ctx context.Context, e *fault.Env, p parser) (balance.Result, error) {
	seeds, err := p.seeds()
	if err != nil {
		return balance.Result{}, err
	}
	s, err := p.open()
	if err != nil {
		return balance.Result{}, err
	}
	f := &runner{parser: p, session: s, dir: e.Dir, answers: map[string]int{}, m: newMutator(e.Rand, p, seeds)}
	start := time.Now()
	if err := f.feedAll(ctx, int64(e.Of(1e9, 1e7))); err != nil {
		return balance.Result{}, err
	}
	took := time.Since(start)
	if s.close != nil {
		if err := s.close(); err != nil {
			return balance.Result{}, err
		}
	}
	r := f.ledger.Balance(balance.Counters{})
	r.Broken = append(r.Broken, f.result.Broken...)
	r.Figure("time of the processors for one input, ms", float64(f.slowest.Microseconds())/1000)
	r.Figure(fmt.Sprintf("allocated for %d inputs, MiB", batch), float64(f.together)/(1<<20))
	if f.largest > 0 {
		r.Figure("allocated for one of those that took much, MiB", float64(f.largest)/(1<<20))
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%d bytes in %d inputs, %.0f MB/s; %d were read; %d different answers; %d findings",
		f.bytes, f.inputs, float64(f.bytes)/1e6/took.Seconds(), f.read, len(f.answers), len(r.Broken)))
	return r, nil
}

func (f *runner) feedAll(ctx context.Context, most int64) error {
	for _, seed := range f.m.seeds { // as they are
		f.one(seed)
	}
	for f.bytes < most && len(f.result.Broken) < mostFindings {
		f.one(f.m.next())
		if f.inputs%goodEvery == 0 {
			if err := f.goodOne(); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
	f.look()
	return f.goodOne()
}

// one feeds an input.
func (f *runner) one(made []byte) {
	data := made
	if f.seal != nil {
		data = f.seal(f.m.Rand, made)
	}
	start := time.Now()
	answer, read, err := f.watched(data)
	took := time.Since(start)
	f.inputs++
	f.bytes += int64(len(data))
	if read {
		f.read++
	}
	if err != nil {
		f.finding(data, err)
	}
	if f.answers[shape(answer)]++; f.answers[shape(answer)] == 1 {
		f.m.keep(made)
	}
	if took > max(f.slowest, time.Millisecond) || took > mostTime {
		f.slow(data, took)
	}
	f.last = append(f.last, append([]byte(nil), data...))
	f.lastSize += len(data)
	if len(f.last) == batch {
		f.look()
	}
}

// watched leaves the input in the run's directory if the parser panics.
func (f *runner) watched(data []byte) (answer string, read bool, err error) {
	ended := false
	defer func() {
		if !ended {
			fmt.Fprintln(os.Stderr, f.name, "panics:", f.save(data))
		}
	}()
	answer, read, err = f.feed(data)
	ended = true
	return answer, read, err
}

// slow feeds an input again that seemed to take long, and asks what it took of the
// processors: the machine has other work, too.
func (f *runner) slow(data []byte, took time.Duration) {
	most := mostTime * time.Duration(1+len(data)/piece)
	for i := 0; i < 5 || i < 30 && took > most; i++ {
		before := worked()
		_, _, _ = f.feed(data)
		took = min(took, worked()-before)
	}
	f.slowest = max(f.slowest, took)
	if took > most {
		f.finding(data, fmt.Errorf("it takes %v, the bound is %v", took, most))
	}
}

// look asks what the last inputs have allocated, and if that is much, which of them.
func (f *runner) look() {
	const suspicious = mostMemory / 8
	spent := allocated() - f.before
	if f.before > 0 {
		f.together = max(f.together, spent)
	}
	if f.before > 0 && spent > suspicious+memoryFactor*uint64(f.lastSize) {
		for _, data := range f.last {
			before := allocated()
			_, _, _ = f.feed(data)
			spent := allocated() - before
			f.largest = max(f.largest, spent)
			if most := mostMemory + memoryFactor*uint64(len(data)); spent > most {
				f.finding(data, fmt.Errorf("it allocates %d bytes, the bound is %d", spent, most))
			}
		}
	}
	f.last, f.lastSize = f.last[:0], 0
	f.before = allocated()
}

// allocated is how many bytes this process has allocated so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// goodOne gives the parser a record that it has to read.
func (f *runner) goodOne() error {
	id := balance.ID{Seq: f.inputs}
	message := strings.TrimSuffix(string(balance.AppendLine(nil, id, 100)), "\n")
	f.ledger.Accept(id)
	got, err := f.good(message)
	if err != nil {
		return fmt.Errorf("a good record behind input %d: %w", f.inputs, err)
	}
	f.ledger.Found([]byte(got))
	return nil
}

// finding notes an input that breaks a promise.
func (f *runner) finding(data []byte, err error) {
	f.result.Break("%v: %s", err, f.save(data))
}

// save keeps an input in the run's directory, and tells it.
func (f *runner) save(data []byte) string {
	name := filepath.Join(f.dir, fmt.Sprintf("input-%d", f.inputs))
	text := fmt.Sprintf("%.300q", data)
	if err := os.WriteFile(name, data, 0o666); err != nil {
		return errors.Join(errors.New(text), err).Error()
	}
	return name + " " + text
}

// shape is an answer without what differs from input to input: numbers, and what is
// quoted of it.
func shape(answer string) string {
	var b strings.Builder
	quoted := false
	for _, c := range []byte(answer[:min(len(answer), 400)]) {
		switch {
		case c == '"' || c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case quoted || isDigit(c) || c >= 0x80 || c < ' ':
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
