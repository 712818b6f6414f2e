package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sort"
	"strings"
	"testing"
)

// runRow checks one row of a vector file. excepted is empty, or the number of
// the design decision ("D5") that makes sluice's answer differ from the row's;
// it must follow from the row's fields, never from its id.
type runRow func(t *testing.T, row []byte) (excepted string, err error)

// guarded makes a panic the row's failure: the other rows, and files, are asked too.
func (run runRow) guarded(t *testing.T, row []byte) (excepted string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run(t, row)
}

// errNotYet is a runner's answer to a row that asks for what sluice does not have
// yet: it is neither passed nor failed, and counted beside.
var errNotYet = errors.New("not there yet")

// runners gives the runner of each vector file, by its name without ".jsonl".
func runners() map[string]runRow {
	return map[string]runRow{
		"dict_config":             runDictConfig,
		"encoding":                runEncoding,
		"file_handlers":           runFileHandlers,
		"memory_handler":          runMemoryHandler,
		"level_names":             runLevelNames,
		"filter_names":            runFilterNames,
		"filter_chain":            runFilterChain,
		"percent_format":          runPercentFormat,
		"strftime":                runStrftime,
		"log_record":              runLogRecord,
		"timed_rollover":          runTimedRollover,
		"pytest_compute_rollover": runPytestComputeRollover,
		"files_to_delete":         runFilesToDelete,
		"pickled_records":         runPickledRecord,
		"malicious_pickles":       runMalicious,
		"queue_prepare":           runQueuePrepare,
		"queue_listener":          runQueueListener,
		"smtp_messages":           runSMTPMessages,
		"syslog_packets":          runSyslogPackets,
		"size_rotation":           runSizeRotation,
		"backoff":                 runBackoff,
		"http_requests":           runHTTPRequests,
		"timed_sequence":          runTimedSequence,
	}
}

// vectorDir is where the vectors lie: testdata/vectors, or the directory that
// SLUICE_VECTORS names.
func vectorDir() string {
	if d := os.Getenv("SLUICE_VECTORS"); d != "" {
		return d
	}
	return filepath.Join("testdata", "vectors")
}

func TestVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectorDir(), "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no vector files in %s", vectorDir())
	}
	known := runners()
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		run, ok := known[name]
		if !ok {
			// A foreign directory may hold files of handlers that are not there yet.
			if os.Getenv("SLUICE_VECTORS") == "" {
				t.Errorf("%s: no runner", file)
			}
			continue
		}
		t.Run(name, func(t *testing.T) { runFile(t, name, file, run) })
	}
}

func runFile(t *testing.T, name, file string, run runRow) {
	const shown = 10 // failures printed whole; the rest are counted
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var passed, failed, total, later int
	excepted := map[string]int{}
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(nil, len(data)+1)
	for in.Scan() {
		row := in.Bytes()
		if len(bytes.TrimSpace(row)) == 0 {
			continue
		}
		total++
		why, err := run.guarded(t, row)
		switch {
		case errors.Is(err, errNotYet):
			later++
			total--
		case why != "" && err == nil:
			excepted[why]++
		case err == nil:
			passed++
		default:
			if failed++; failed <= shown {
				t.Errorf("%s: %v", rowID(row), err)
			}
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	if total == 0 {
		t.Fatalf("%s holds no rows", file)
	}
	line := fmt.Sprintf("%s: %d of %d", name, passed, total)
	var whys []string
	for why := range excepted {
		whys = append(whys, why)
	}
	sort.Strings(whys)
	for _, why := range whys {
		line += fmt.Sprintf(", %d excepted by %s", excepted[why], why)
	}
	if later > 0 {
		line += fmt.Sprintf(", and %d that ask for what is not there yet", later)
	}
	fmt.Println(line)
	if failed > 0 {
		t.Errorf("%d rows failed", failed)
	}
}

func rowID(row []byte) string {
	var r struct{ ID string }
	_ = json.Unmarshal(row, &r)
	return r.ID
}
