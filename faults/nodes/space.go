package nodes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/sluicelog/sluice/faults/inject"
)

// Needs are what Options.Network needs.
func Needs() []inject.Need {
	return []inject.Need{inject.Linux(), inject.Root(), inject.Program("ip", "iproute2"), inject.Program("nsenter", "util-linux")}
}

// spaces are network namespaces, one for each node, with a bridge between them and
// the machine. The zero spaces are none.
type spaces struct{ prefix string }

func newSpaces(ctx context.Context, n *names) (*spaces, error) {
	s := &spaces{prefix: fmt.Sprintf("slc%d", os.Getpid())}
	commands := []string{
		"ip link add {bridge} type bridge",
		"ip addr add " + n.host(Size) + "/24 dev {bridge}",
		"ip link set {bridge} up",
	}
	for i := range Size {
		commands = append(commands, s.name(i, []string{
			"ip netns add {space}",
			"ip link add {here} type veth peer name eth0 netns {space}",
			"ip link set {here} master {bridge}",
			"ip link set {here} up",
			"ip -n {space} addr add " + n.host(i) + "/24 dev eth0",
			"ip -n {space} link set eth0 up",
			"ip -n {space} link set lo up",
		})...)
	}
	for _, command := range commands {
		if err := s.run(ctx, command); err != nil {
			s.remove()
			return nil, err
		}
	}
	return s, nil
}

func (s *spaces) space(i int) string { return fmt.Sprintf("%sn%d", s.prefix, i) }

// name fills in what is of node i.
func (s *spaces) name(i int, commands []string) []string {
	var named []string
	for _, c := range commands {
		named = append(named, strings.NewReplacer("{space}", s.space(i), "{here}", fmt.Sprintf("%sv%d", s.prefix, i)).Replace(c))
	}
	return named
}

func (s *spaces) run(ctx context.Context, command string) error {
	args := strings.Fields(strings.ReplaceAll(command, "{bridge}", s.prefix+"b"))
	path, err := inject.Look(args[0])
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, path, args[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

func (s *spaces) at(ctx context.Context, i int, command string) error {
	if s == nil {
		return errors.New("the nodes have no networks of their own")
	}
	return s.run(ctx, s.name(i, []string{command})[0])
}

// inside is what stands in front of a command line that runs in a node's network. It
// leaves mounts alone, unlike ip netns exec: a node that held a copy of another one's
// would keep that from being unmounted.
func (s *spaces) inside(i int) []string {
	if s == nil {
		return nil
	}
	return []string{"nsenter", "--net=/run/netns/" + s.space(i), "--"}
}

// cut sets the node's line down at the other end: it hears nothing any more, not even
// that.
func (s *spaces) cut(ctx context.Context, i int) error {
	return s.at(ctx, i, "ip link set {here} nomaster")
}

func (s *spaces) mend(ctx context.Context, i int) error {
	return s.at(ctx, i, "ip link set {here} master {bridge}")
}

func (s *spaces) cutRoute(ctx context.Context, i int, to string) error {
	return s.at(ctx, i, "ip -n {space} route add blackhole "+to+"/32")
}

func (s *spaces) mendRoute(ctx context.Context, i int, to string) error {
	return s.at(ctx, i, "ip -n {space} route del blackhole "+to+"/32")
}

func (s *spaces) remove() {
	if s == nil {
		return
	}
	ctx := context.Background()
	for i := range Size {
		_ = s.at(ctx, i, "ip link del {here}") // some may not be there
		_ = s.at(ctx, i, "ip netns del {space}")
	}
	_ = s.run(ctx, "ip link del {bridge}")
}
