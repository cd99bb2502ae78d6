#!/usr/bin/env bash
# Publishes what `make release VERSION=` made ready, from the tag of that version: images and charts, each with its signature; images with
# provenance and their bill of materials, too. docs/release.md says how to use it.
#
#   REGISTRY=registry.example.org PYTHON_IMAGE=python:3.13-slim@sha256:... deploy/release/publish.sh 0.2.0 [OPTION OF docker buildx build ...]
#
# Signs with COSIGN_KEY, if it is set; else without a key, by the account that cosign asks for.
set -euo pipefail
version=$1
shift
key=(${COSIGN_KEY:+--key "$COSIGN_KEY"})
cd "$(dirname "$0")/../.."
: "${REGISTRY:?is missing: where images and charts go}"
# A tag may lead to another image tomorrow; a digest does not.
[[ ${PYTHON_IMAGE:-} == *@sha256:* ]] || { echo "PYTHON_IMAGE must have a digest, such as python:3.13-slim@sha256:..." >&2; exit 2; }
[ "$(git describe --tags --exact-match)" = "v$version" ] || { echo "check out the tag v$version first" >&2; exit 2; }
[ -z "$(git status --porcelain)" ] || { echo "the working tree has changes" >&2; exit 2; }
# All times in the image are that of the commit: built again, it is the same.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
folder=.local/release/$version
# Of the tag, whoever made it ready, and wherever.
make --no-print-directory release-files VERSION="$version"

for service in registration listings matching notifications; do
  image=$REGISTRY/opportunity-desk-$service
  metadata=$folder/$service.json
  docker buildx build -f deploy/Dockerfile --build-arg "SERVICE=$service" --build-arg "PYTHON=$PYTHON_IMAGE" \
    --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" --provenance mode=max --metadata-file "$metadata" \
    --output "type=image,name=$image:$version,push=true,rewrite-timestamp=true" "$@" .
  digest=$(python3 -c "import json, sys; print(json.load(open(sys.argv[1]))['containerimage.digest'])" "$metadata")
  cosign sign ${key[@]+"${key[@]}"} --yes "$image@$digest"
  cosign attest ${key[@]+"${key[@]}"} --yes --type cyclonedx --predicate "$folder/opportunity-desk-$service-$version.cdx.json" "$image@$digest"
  echo "$image@$digest"
done

for chart in opportunity-desk-service opportunity-desk-platform; do
  pushed=$(helm push "$folder/$chart-$version.tgz" "oci://$REGISTRY/charts" 2>&1) || { echo "$pushed" >&2; exit 1; }
  cosign sign ${key[@]+"${key[@]}"} --yes "$REGISTRY/charts/$chart@$(sed -n 's/^Digest: //p' <<< "$pushed")"
done
