// Print which images BuildKit asks a registry for when it converts Dockerfiles.
//
// Each line of standard input is a build. Each line of output is an object: `images`,
// or `error`. Nothing is pulled: every image that is asked for exists, and is empty.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/opencontainers/go-digest"
)

// build is a Dockerfile with the options of a build. Contexts has the values of
// `--build-context` by name. Without a target, every stage is one.
type build struct {
	Dockerfile string            `json:"dockerfile"`
	Args       map[string]string `json:"args"`
	Contexts   map[string]string `json:"contexts"`
	Target     string            `json:"target"`
	Platforms  []string          `json:"platforms"`
}

// repository is the context of every build: BuildKit asks the client for no file of it.
const repository = "https://example.invalid/context.git"

type answer struct {
	Images []string `json:"images,omitempty"`
	Error  string   `json:"error,omitempty"`
}

func main() {
	builds := json.NewDecoder(bufio.NewReader(os.Stdin))
	answers := json.NewEncoder(os.Stdout)
	for builds.More() {
		var request build
		if err := builds.Decode(&request); err != nil {
			panic(err)
		}
		images, err := request.images()
		result := answer{Images: images}
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := answers.Encode(result); err != nil {
			panic(err)
		}
	}
}

func (b build) images() ([]string, error) {
	asked := &registry{names: map[string]bool{}, options: b.options()}
	if syntax, _, _, ok := parser.DetectSyntax([]byte(b.Dockerfile)); ok {
		asked.names[syntax] = true
	}
	for _, name := range b.Platforms {
		platform, err := platforms.Parse(name)
		if err != nil {
			return nil, err
		}
		ui, err := dockerui.NewClient(asked)
		if err != nil {
			return nil, err
		}
		_, err = dockerfile2llb.Dockerfile2LLB(background, []byte(b.Dockerfile), dockerfile2llb.ConvertOpt{
			Config:         ui.Config,
			Client:         ui,
			TargetPlatform: &platform,
			MetaResolver:   asked,
			AllStages:      b.Target == "",
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(asked.names)), nil
}

// options are those of the protocol between a client and BuildKit.
func (b build) options() map[string]string {
	options := map[string]string{"target": b.Target, "context": repository}
	for name, value := range b.Args {
		options["build-arg:"+name] = value
	}
	for name, value := range b.Contexts {
		if !strings.HasPrefix(value, "docker-image://") {
			value = repository
		}
		// As buildx does: names are those of images, without what is implied.
		options["context:"+strings.TrimSuffix(name, ":latest")] = value
	}
	return options
}

var background = context.Background()

// registry is the side of BuildKit that a front end speaks to. It has every image, and
// remembers the names that it was asked for.
type registry struct {
	client.Client
	lock    sync.Mutex
	names   map[string]bool
	options map[string]string
}

func (r *registry) BuildOpts() client.BuildOpts {
	return client.BuildOpts{
		Opts:    r.options,
		LLBCaps: pb.Caps.CapSet(pb.Caps.All()),
		Caps:    apicaps.CapSet{},
	}
}

func (r *registry) ResolveImageConfig(
	_ context.Context, name string, _ sourceresolver.Opt,
) (string, digest.Digest, []byte, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.names[name] = true
	return name, digest.FromString(name), []byte("{}"), nil
}
