// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @title Pays what `workbench claims` exports, in one ERC-20 token, one smallest unit a µcr.
/// @notice Amounts in the tree are cumulative: a claim pays what was not claimed yet, so one tree
/// stands for all epochs before it, and whoever misses an epoch loses nothing.
/// @dev The owner is trusted: any root can be set, also one that pays the owner all.
contract MerkleClaims is Ownable2Step {
    using SafeERC20 for IERC20;

    /// @notice What is paid.
    IERC20 public immutable token;

    /// @notice How many entries of the workbench's log the tree was computed from.
    uint256 public logSize;

    /// @notice Of the tree over (address, uint256); 0 until the first is set.
    bytes32 public root;

    /// @notice What each account was paid in all.
    mapping(address account => uint256 amount) public claimed;

    event RootSet(uint256 indexed logSize, bytes32 root);
    event Claimed(address indexed account, uint256 amount, uint256 cumulativeAmount);

    error EarlierLog(uint256 given, uint256 current);
    error NotInTree(address account, uint256 cumulativeAmount);
    error NothingToClaim(address account, uint256 cumulativeAmount, uint256 alreadyClaimed);

    constructor(IERC20 token_, address owner_) Ownable(owner_) {
        token = token_;
    }

    /// @notice Pay by another tree from now on.
    /// @param logSize_ not below the one there is: amounts of a shorter log are old.
    function setRoot(uint256 logSize_, bytes32 root_) external onlyOwner {
        if (logSize_ < logSize) revert EarlierLog(logSize_, logSize);
        logSize = logSize_;
        root = root_;
        emit RootSet(logSize_, root_);
    }

    /// @notice Pay an account what is in the tree and was not paid yet; anybody may ask for it.
    /// @param cumulativeAmount as the tree says it.
    /// @param proof siblings of the leaf, from the bottom up.
    function claim(address account, uint256 cumulativeAmount, bytes32[] calldata proof) external {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account, cumulativeAmount))));
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) {
            revert NotInTree(account, cumulativeAmount);
        }
        uint256 already = claimed[account];
        if (cumulativeAmount <= already) {
            revert NothingToClaim(account, cumulativeAmount, already);
        }
        // Before the token is called: whatever it calls back finds nothing left to claim.
        claimed[account] = cumulativeAmount;
        uint256 amount = cumulativeAmount - already;
        emit Claimed(account, amount, cumulativeAmount);
        token.safeTransfer(account, amount);
    }
}
