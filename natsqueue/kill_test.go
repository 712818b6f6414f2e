package natsqueue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/sluicelog/sluice/queue/queuetest"
)

// working is the environment variable that makes this test binary a program that
// puts, or one that reads.
const working = "SLUICE_NATSQUEUE_WORKS"

func TestMain(m *testing.M) {
	if url := os.Getenv(working); url != "" {
		work := produce
		if len(os.Args) > 1 {
			work = func(url string) error {
				most, err := strconv.Atoi(os.Args[1])
				if err != nil {
					return err
				}
				return consume(url, most)
			}
		}
		if err := work(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func produce(url string) error {
	q, err := connected(context.Background(), url, nil)
	if err != nil {
		return err
	}
	return queuetest.Produce(q)
}

// consume prints and acks so many records, and waits for its end.
func consume(url string, most int) error {
	q, err := connected(context.Background(), url, &Options{AckWait: readerWait})
	if err != nil {
		return err
	}
	g, err := q.Cursor("a")
	if err != nil {
		return err
	}
	for most > 0 {
		b, err := g.Get(context.Background(), min(20, most))
		if err != nil {
			return err
		}
		for _, r := range b.Records() {
			fmt.Println(r.Message)
		}
		n := len(b.Records())
		if err := b.Ack(context.Background(), n); err != nil && !passing(err) {
			return err
		}
		most -= n
	}
	select {}
}

const readerWait = 200 * time.Millisecond

// killed runs this binary, with args, until it has printed n lines.
func killed(t *testing.T, url string, n int, args ...string) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), working+"="+url)
	return queuetest.Killed(t, cmd, n)
}

// TestKill: producers and readers are killed at any moment. Every record whose Flush
// had returned comes, in order for each goroutine that put, and none twice but for
// those of a batch that a reader died with.
func TestKill(t *testing.T) {
	url := one(t, nil).ClientURL()
	rnd := rand.New(rand.NewPCG(1, 2))
	var acked []string
	for range 5 {
		acked = append(acked, killed(t, url, 1+rnd.IntN(300))...)
	}
	var got []string
	deaths := 0
	// However late a reader is killed, there is enough for those after it.
	most := len(acked) / 5
	for range 5 {
		got = append(got, killed(t, url, 1+rnd.IntN(most), strconv.Itoa(most))...)
		deaths++
	}
	q := open(t, url, Options{AckWait: readerWait})
	g := cursorOf(t, q, "a")
	until(t, "all that was acknowledged", func() bool {
		got = append(got, drain(t, g)...)
		return contains(got, acked)
	})
	next := map[string]int{}
	twice := 0
	for _, m := range got {
		var who string
		var n int
		if _, err := fmt.Sscan(m, &who, &n); err != nil {
			t.Fatal(err)
		}
		switch {
		case n == next[who]:
			next[who]++
		case n > next[who]:
			t.Fatalf("%q comes before number %d", m, next[who])
		default:
			twice++
		}
	}
	if twice > deaths*256 {
		t.Errorf("%d of %d came twice, %d batches were in flight", twice, len(got), deaths)
	}
	t.Logf("%d acknowledged, %d came, %d of them twice", len(acked), len(got), twice)
}

// contains says that all of want is in got.
func contains(got, want []string) bool {
	there := map[string]bool{}
	for _, m := range got {
		there[m] = true
	}
	for _, m := range want {
		if !there[m] {
			return false
		}
	}
	return true
}
